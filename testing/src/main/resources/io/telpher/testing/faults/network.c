/*
 * network MACHINES
 *
 * A network of so many machines and of the one place, number 0, in whose network namespace this runs: each machine is a network namespace of its
 * own with the interface eth0, 10.77.0.N. Every frame from one to another passes through here, so each direction between two of them can be cut, slow
 * or lossy without help of the kernel's, whose modules for that are not everywhere. Nothing outside of these namespaces is touched; all of it is gone
 * when this program is, which ends when its standard input does.
 *
 * It says "machine N PATH" for each, the namespace to enter, then "ready". Orders come on its standard input, and each is answered by "ok":
 *   cut FROM TO 0|1    nothing arrives any more, and what is under way is lost
 *   delay FROM TO MS   frames come so much later; none overtakes another
 *   loss FROM TO N     so many of 1000 frames are lost
 *   seed N             of what is lost
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PLACES_MAX 8
#define FRAME_BYTES_MAX 2048
/* Of one direction: what a router would hold, too. More is lost. */
#define FRAMES_WAITING_MAX 4096
#define ORDER_BYTES_MAX 128

struct frame {
    struct frame *next;
    int64_t due_us;
    size_t length;
    char bytes[];
};

struct direction {
    int cut;
    int64_t delay_us;
    int loss;
    int waiting;
    int64_t last_due_us;
    struct frame *first;
    struct frame **end;
};

static int places;
static int taps[PLACES_MAX];
static struct direction directions[PLACES_MAX][PLACES_MAX];
static unsigned short dice[3];

static void die(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void set(int socket, unsigned long request, struct ifreq *what, const char *name) {
    if (ioctl(socket, request, what) < 0) {
        die(name);
    }
}

static void up(int socket, const char *interface) {
    struct ifreq request = {0};
    strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    set(socket, SIOCGIFFLAGS, &request, interface);
    request.ifr_flags |= IFF_UP;
    set(socket, SIOCSIFFLAGS, &request, interface);
}

static void address(struct ifreq *request, const char *text) {
    struct sockaddr_in *address = (struct sockaddr_in *) &request->ifr_addr;
    memset(address, 0, sizeof *address);
    address->sin_family = AF_INET;
    inet_pton(AF_INET, text, &address->sin_addr);
}

/* In the namespace that this is in now. */
static int tap(int place) {
    int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {0};
    strcpy(request.ifr_name, "eth0");
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (tap < 0 || control < 0) {
        die("/dev/net/tun");
    }
    set(tap, TUNSETIFF, &request, "TUNSETIFF");
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    memcpy(request.ifr_hwaddr.sa_data, (char[]) {2, 0, 0, 0, 0, (char) place}, 6);
    set(control, SIOCSIFHWADDR, &request, "SIOCSIFHWADDR");
    char own[32];
    snprintf(own, sizeof own, "10.77.0.%d", place == 0 ? 100 : place);
    address(&request, own);
    set(control, SIOCSIFADDR, &request, "SIOCSIFADDR");
    address(&request, "255.255.255.0");
    set(control, SIOCSIFNETMASK, &request, "SIOCSIFNETMASK");
    up(control, "eth0");
    up(control, "lo");
    close(control);
    return tap;
}

static void build(void) {
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0) {
        die("/proc/self/ns/net");
    }
    for (int place = 1; place < places; place++) {
        if (unshare(CLONE_NEWNET) < 0) {
            die("unshare");
        }
        int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        taps[place] = tap(place);
        printf("machine %d /proc/%d/fd/%d\n", place, getpid(), own);
    }
    if (setns(home, CLONE_NEWNET) < 0) {
        die("setns");
    }
    taps[0] = tap(0);
    printf("ready\n");
    fflush(stdout);
}

static void drop_first(struct direction *way) {
    struct frame *first = way->first;
    way->first = first->next;
    if (way->first == NULL) {
        way->end = &way->first;
    }
    way->waiting--;
    free(first);
}

static void pass(int from, int to, const char *bytes, size_t length) {
    struct direction *way = &directions[from][to];
    if (way->cut || way->waiting >= FRAMES_WAITING_MAX || (way->loss > 0 && nrand48(dice) % 1000 < way->loss)) {
        return;
    }
    int64_t due = now_us() + way->delay_us;
    way->last_due_us = due > way->last_due_us ? due : way->last_due_us;
    struct frame *frame = malloc(sizeof *frame + length);
    if (frame == NULL) {
        die("malloc");
    }
    *frame = (struct frame) {.next = NULL, .due_us = way->last_due_us, .length = length};
    memcpy(frame->bytes, bytes, length);
    *way->end = frame;
    way->end = &frame->next;
    way->waiting++;
}

static void receive(int from) {
    char bytes[FRAME_BYTES_MAX];
    ssize_t length;
    while ((length = read(taps[from], bytes, sizeof bytes)) > 14) {
        int to = (unsigned char) bytes[5];
        for (int place = 0; place < places; place++) {
            int is_meant = (bytes[0] & 1) || (bytes[0] == 2 && place == to);
            if (place != from && is_meant) {
                pass(from, place, bytes, (size_t) length);
            }
        }
    }
}

/* Returns when the next frame is due; -1: there is none. */
static int64_t deliver(void) {
    int64_t next = -1;
    for (int from = 0; from < places; from++) {
        for (int to = 0; to < places; to++) {
            struct direction *way = &directions[from][to];
            while (way->first != NULL && way->first->due_us <= now_us()) {
                /* A machine whose queue is full loses it, as anywhere. */
                if (write(taps[to], way->first->bytes, way->first->length) < 0 && errno != EAGAIN && errno != ENOBUFS) {
                    die("write");
                }
                drop_first(way);
            }
            if (way->first != NULL && (next < 0 || way->first->due_us < next)) {
                next = way->first->due_us;
            }
        }
    }
    return next;
}

static void obey(const char *line) {
    int from, to;
    long value;
    if (sscanf(line, "seed %ld", &value) == 1) {
        memcpy(dice, &value, sizeof dice);
    } else if (sscanf(line, "%*s %d %d %ld", &from, &to, &value) == 3 && from >= 0 && from < places && to >= 0 && to < places) {
        struct direction *way = &directions[from][to];
        if (strncmp(line, "cut ", 4) == 0) {
            way->cut = (int) value;
            while (value && way->first != NULL) {
                drop_first(way);
            }
        } else if (strncmp(line, "delay ", 6) == 0) {
            way->delay_us = value * 1000;
        } else if (strncmp(line, "loss ", 5) == 0) {
            way->loss = (int) value;
        } else {
            fprintf(stderr, "no order: %s", line);
            exit(1);
        }
    } else {
        fprintf(stderr, "no order: %s", line);
        exit(1);
    }
    printf("ok\n");
    fflush(stdout);
}

/* Reads what is there: an order may come in pieces. */
static void orders(void) {
    static char line[ORDER_BYTES_MAX];
    static size_t length;
    ssize_t count = read(0, line + length, sizeof line - 1 - length);
    if (count <= 0) {
        exit(0);
    }
    length += (size_t) count;
    line[length] = 0;
    for (char *end = strchr(line, '\n'); end != NULL; end = strchr(line, '\n')) {
        *end = 0;
        obey(line);
        length -= (size_t) (end + 1 - line);
        memmove(line, end + 1, length + 1);
    }
}

int main(int count, char **arguments) {
    places = count == 2 ? atoi(arguments[1]) + 1 : 0;
    if (places < 2 || places > PLACES_MAX) {
        fprintf(stderr, "usage: network MACHINES, 1 to %d\n", PLACES_MAX - 1);
        return 2;
    }
    for (int from = 0; from < places; from++) {
        for (int to = 0; to < places; to++) {
            directions[from][to].end = &directions[from][to].first;
        }
    }
    build();
    struct pollfd ready[PLACES_MAX + 1];
    for (;;) {
        int64_t next = deliver();
        int64_t wait_us = next < 0 ? -1 : next - now_us();
        for (int place = 0; place < places; place++) {
            ready[place] = (struct pollfd) {.fd = taps[place], .events = POLLIN};
        }
        ready[places] = (struct pollfd) {.fd = 0, .events = POLLIN};
        struct timespec wait = {.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000};
        if (wait_us < 0 && next >= 0) {
            wait = (struct timespec) {0};
        }
        if (ppoll(ready, (nfds_t) places + 1, next < 0 ? NULL : &wait, NULL) < 0 && errno != EINTR) {
            die("poll");
        }
        for (int place = 0; place < places; place++) {
            if (ready[place].revents != 0) {
                receive(place);
            }
        }
        if (ready[places].revents != 0) {
            orders();
        }
    }
}
