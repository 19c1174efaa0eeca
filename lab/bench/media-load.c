/*
 * Twilio's side of many calls at once, for `npm run bench -- media` and `-- talking`, and the drill `import`: one thread, epoll, raw frames,
 * so that on its own core it is not what limits the server.
 *
 * media-load PORT CALLER WARM_SECONDS SECONDS AUDIO < streams
 *   CALLER   stamp    the caller's audio carries the time it was sent: what comes back tells its delay (an echo)
 *            hear     what comes back carries the time it was sent by whoever speaks; the caller's audio is the file's
 *            audio    the caller's audio as it stands in the file AUDIO (mu-law, 8 kHz), each stream at another place of it
 *   streams  a line for each: PATH STREAM_SID CALL_SID
 *
 * The time that counts ends after SECONDS, or with SIGTERM. Writes `measuring` and `measured` at its beginning and end, then one line of JSON:
 *   sent, received   messages in the time that counts
 *   delay_us         p50, p99, max of the delay of what carries a time (from when a frame was sent, not when it was due)
 *   late             messages of the server that came after what it had sent before was played; in the same utterance
 *   behind_us        p99 and max of the generator's own lateness
 *   closed           streams that the server closed
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { FRAME = 160, PERIOD_US = 20000, IN = 1 << 16, OUT = 1 << 16, MARKS = 8, NAME = 64, BUCKETS = 1 << 22 };

struct mark { char name[NAME]; int64_t due; };
struct stream {
  int fd, closed, speaking, marks;
  char path[2048], sid[40], call[40], in[IN], out[OUT];
  size_t held, owed;
  int64_t from, chunk, plays_until;
  struct mark mark[MARKS];
};

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static struct stream *streams;
static int count, port, stamped, hears, counting, closed_by_server;
static volatile sig_atomic_t enough;
static uint8_t *audio;
static size_t audio_bytes;
static int64_t sent, received, late;
/* Microseconds, one bucket each. */
static uint32_t delays[BUCKETS], behind[BUCKETS];

static int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void fail(const char *what) {
  fprintf(stderr, "media-load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void keep(uint32_t *buckets, int64_t us) {
  if (counting) buckets[us < 0 ? 0 : us >= BUCKETS ? BUCKETS - 1 : us]++;
}

static int64_t quantile(const uint32_t *buckets, double share) {
  int64_t all = 0, seen = 0;
  for (int n = 0; n < BUCKETS; n++) all += buckets[n];
  for (int n = 0; n < BUCKETS; n++)
    if ((seen += buckets[n]) && seen >= all * share) return n;
  return 0;
}

static void write_out(struct stream *s, const char *bytes, size_t size) {
  if (s->closed) return;
  if (s->owed == 0) {
    ssize_t done = send(s->fd, bytes, size, MSG_NOSIGNAL);
    if (done < 0) done = 0;
    bytes += done;
    size -= done;
  }
  if (size > OUT - s->owed) return;
  memcpy(s->out + s->owed, bytes, size);
  s->owed += size;
}

static void flush_out(struct stream *s) {
  if (s->owed == 0) return;
  ssize_t done = send(s->fd, s->out, s->owed, MSG_NOSIGNAL);
  if (done <= 0) return;
  memmove(s->out, s->out + done, s->owed - done);
  s->owed -= done;
}

/* A client's frames are masked (RFC 6455, 5.3). */
static void send_frame(struct stream *s, int opcode, const char *text, size_t size) {
  static uint32_t seed = 2463534242u;
  char frame[4096];
  size_t at = 0;
  seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
  frame[at++] = 0x80 | opcode;
  if (size < 126) frame[at++] = 0x80 | size;
  else frame[at++] = 0x80 | 126, frame[at++] = size >> 8, frame[at++] = size & 255;
  memcpy(frame + at, &seed, 4);
  const char *mask = frame + at;
  at += 4;
  for (size_t n = 0; n < size; n++) frame[at + n] = text[n] ^ mask[n & 3];
  write_out(s, frame, at + size);
}

static void base64(const uint8_t *bytes, size_t size, char *text) {
  for (size_t n = 0; n < size; n += 3) {
    uint32_t b = bytes[n] << 16 | (n + 1 < size ? bytes[n + 1] << 8 : 0) | (n + 2 < size ? bytes[n + 2] : 0);
    *text++ = DIGITS[b >> 18];
    *text++ = DIGITS[b >> 12 & 63];
    *text++ = n + 1 < size ? DIGITS[b >> 6 & 63] : '=';
    *text++ = n + 2 < size ? DIGITS[b & 63] : '=';
  }
  *text = 0;
}

static int64_t stamp_of(const char *payload) {
  int64_t value = 0;
  for (int n = 0; n < 8; n++) {
    const char *digit = strchr(DIGITS, payload[n]);
    value = value << 6 | (digit ? digit - DIGITS : 0);
  }
  return value;
}

static void send_media(struct stream *s, int n) {
  char text[1024], payload[256];
  uint8_t frame[FRAME];
  memcpy(frame, audio + (n * 7919LL * FRAME + s->chunk * FRAME) % (audio_bytes / FRAME * FRAME), FRAME);
  if (stamped) {
    int64_t at = now_us();
    for (int b = 0; b < 6; b++) frame[b] = at >> (40 - 8 * b);
  }
  base64(frame, FRAME, payload);
  s->chunk++;
  int size = snprintf(text, sizeof text,
    "{\"event\":\"media\",\"sequenceNumber\":\"%lld\",\"media\":{\"track\":\"inbound\",\"chunk\":\"%lld\","
    "\"timestamp\":\"%lld\",\"payload\":\"%s\"},\"streamSid\":\"%s\"}",
    (long long)s->chunk + 1, (long long)s->chunk, (long long)(s->chunk - 1) * 20, payload, s->sid);
  send_frame(s, 1, text, size);
  if (counting) sent++;
}

static void send_start(struct stream *s) {
  char text[2048];
  const char *connected = "{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}";
  send_frame(s, 1, connected, strlen(connected));
  int size = snprintf(text, sizeof text,
    "{\"event\":\"start\",\"sequenceNumber\":\"1\",\"start\":{\"accountSid\":\"AC00000000000000000000000000000000\","
    "\"streamSid\":\"%s\",\"callSid\":\"%s\",\"tracks\":[\"inbound\"],\"mediaFormat\":{\"encoding\":\"audio/x-mulaw\","
    "\"sampleRate\":8000,\"channels\":1},\"customParameters\":{}},\"streamSid\":\"%s\"}",
    s->sid, s->call, s->sid);
  send_frame(s, 1, text, size);
}

/* Marks are given back when what came before them has been played: 8 bytes a millisecond. */
static void return_marks(struct stream *s, int64_t now) {
  while (s->marks > 0 && s->mark[0].due <= now) {
    char text[256];
    int size = snprintf(text, sizeof text,
      "{\"event\":\"mark\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"%s\",\"mark\":{\"name\":\"%s\"}}",
      (long long)s->chunk + 1, s->sid, s->mark[0].name);
    send_frame(s, 1, text, size);
    memmove(s->mark, s->mark + 1, --s->marks * sizeof s->mark[0]);
  }
}

static void on_media(struct stream *s, const char *payload, const char *end) {
  int64_t now = now_us();
  const char *last = memchr(payload, '"', end - payload);
  size_t bytes = last ? (last - payload) / 4 * 3 : 0;
  if (hears) keep(delays, now - stamp_of(payload));
  if (s->speaking && now > s->plays_until && counting) late++;
  if (s->plays_until < now) s->plays_until = now;
  s->plays_until += bytes * 125;
  s->speaking = 1;
}

static void on_mark(struct stream *s, const char *name, const char *end) {
  const char *last = memchr(name, '"', end - name);
  s->speaking = 0;
  if (!last || last - name >= NAME || s->marks == MARKS) return;
  struct mark *mark = &s->mark[s->marks++];
  memcpy(mark->name, name, last - name);
  mark->name[last - name] = 0;
  mark->due = s->plays_until;
}

static const char *after(const char *text, const char *end, const char *key) {
  const char *found = memmem(text, end - text, key, strlen(key));
  return found ? found + strlen(key) : NULL;
}

static void on_text(struct stream *s, const char *text, const char *end) {
  const char *value;
  if (counting) received++;
  if ((value = after(text, end, "\"payload\":\""))) on_media(s, value, end);
  else if ((value = after(text, end, "\"name\":\""))) on_mark(s, value, end);
  else if (after(text, end, "\"clear\"")) {
    s->plays_until = 0, s->speaking = 0;
    for (int n = 0; n < s->marks; n++) s->mark[n].due = 0;
  }
}

static void close_stream(struct stream *s) {
  if (s->closed) return;
  s->closed = 1;
  closed_by_server++;
  close(s->fd);
}

/* The length of the frame at `in`, and where its content begins; 0 while it is not whole. */
static size_t frame_size(const uint8_t *in, size_t held, size_t *head) {
  if (held < 2) return 0;
  size_t size = in[1] & 127;
  *head = size == 126 ? 4 : size == 127 ? 10 : 2;
  if (held < *head) return 0;
  if (size == 126) size = in[2] << 8 | in[3];
  if (size == 127) size = in[7] << 16 | in[8] << 8 | in[9];
  return held < *head + size ? 0 : *head + size;
}

static void on_bytes(struct stream *s) {
  ssize_t got = recv(s->fd, s->in + s->held, IN - s->held, 0);
  if (got == 0 || (got < 0 && errno != EAGAIN)) return close_stream(s);
  if (got < 0) return;
  s->held += got;
  size_t at = 0, head = 0, size;
  while ((size = frame_size((uint8_t *)s->in + at, s->held - at, &head)) > 0) {
    int opcode = s->in[at] & 15;
    if (opcode == 1) on_text(s, s->in + at + head, s->in + at + size);
    if (opcode == 9) send_frame(s, 10, s->in + at + head, size - head);
    if (opcode == 8) return close_stream(s);
    at += size;
  }
  memmove(s->in, s->in + at, s->held -= at);
}

static void open_stream(struct stream *s) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  char text[4096], answer[4096];
  int on = 1;
  if ((s->fd = socket(AF_INET, SOCK_STREAM, 0)) < 0) fail("socket");
  if (connect(s->fd, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
  setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  int size = snprintf(text, sizeof text,
    "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", s->path, port);
  if (send(s->fd, text, size, MSG_NOSIGNAL) != size) fail("send");
  size_t got = 0;
  while (got < sizeof answer - 1) {
    ssize_t one = recv(s->fd, answer + got, 1, 0);
    if (one <= 0) fail("the upgrade was not answered");
    answer[++got] = 0;
    if (got >= 4 && memcmp(answer + got - 4, "\r\n\r\n", 4) == 0) break;
  }
  if (!strstr(answer, " 101 ")) {
    fprintf(stderr, "media-load: the upgrade was refused: %.80s\n", answer);
    exit(1);
  }
  fcntl(s->fd, F_SETFL, O_NONBLOCK);
  send_start(s);
}

static void load_streams(void) {
  int room = 0;
  struct stream s = {0};
  while (scanf("%2047s %39s %39s", s.path, s.sid, s.call) == 3) {
    if (count == room) streams = realloc(streams, (room = room ? room * 2 : 256) * sizeof s);
    if (!streams) fail("memory");
    streams[count++] = s;
  }
}

static void load_audio(const char *file) {
  FILE *from = fopen(file, "rb");
  if (!from) fail(file);
  audio = malloc(1 << 24);
  audio_bytes = fread(audio, 1, 1 << 24, from);
  fclose(from);
  if (audio_bytes < FRAME) fail("the audio is shorter than a frame");
}

static void on_signal(int number) {
  (void)number;
  enough = 1;
}

static void say(const char *word) {
  printf("%s\n", word);
  fflush(stdout);
}

/* Sends what is due, evenly over the 20 ms of a frame, and hears what comes in between. */
static void run(int poll, int64_t begin, int64_t until) {
  struct epoll_event events[256];
  static int64_t turn = 0;
  static int64_t origin = 0;
  if (!origin) origin = begin;
  for (int64_t now = begin; now < until && !(counting && enough); now = now_us()) {
    int64_t due;
    while ((due = origin + turn * PERIOD_US / count) <= (now = now_us())) {
      struct stream *s = &streams[turn % count];
      keep(behind, now - due);
      if (!s->closed && now >= s->from) {
        flush_out(s);
        return_marks(s, now);
        send_media(s, turn % count);
      }
      turn++;
      if ((turn & 31) == 0) break;
    }
    int64_t wait = (origin + turn * PERIOD_US / count - now_us()) * 1000;
    struct timespec timeout = {0, wait < 0 ? 0 : wait > 1000000 ? 1000000 : wait};
    int ready = epoll_pwait2(poll, events, 256, &timeout, NULL);
    for (int n = 0; n < ready; n++) {
      struct stream *s = &streams[events[n].data.u32];
      if (!s->closed) on_bytes(s);
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "media-load PORT stamp|hear|audio WARM_SECONDS SECONDS AUDIO < streams\n");
    return 2;
  }
  struct rlimit files = {1 << 16, 1 << 16};
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGTERM, on_signal);
  port = atoi(argv[1]);
  stamped = strcmp(argv[2], "stamp") == 0;
  hears = stamped || strcmp(argv[2], "hear") == 0;
  load_audio(argv[5]);
  load_streams();
  int poll = epoll_create1(0);
  for (int n = 0; n < count; n++) {
    open_stream(&streams[n]);
    struct epoll_event event = {.events = EPOLLIN, .data = {.u32 = n}};
    epoll_ctl(poll, EPOLL_CTL_ADD, streams[n].fd, &event);
  }
  int64_t begin = now_us(), measure = begin + atof(argv[3]) * 1e6, end = measure + atof(argv[4]) * 1e6;
  /* Callers come one by one, as in life: a server that all overrun at once stays behind for as long as they talk. */
  for (int n = 0; n < count; n++) streams[n].from = begin + (measure - begin) * 3 / 4 * n / count;
  run(poll, begin, measure);
  counting = 1;
  say("measuring");
  run(poll, now_us(), end);
  counting = 0;
  say("measured");
  /* Whoever looks at the server now sees it with its calls: they all hang up at once. */
  run(poll, now_us(), now_us() + 1000000);
  printf("{\"sent\":%lld,\"received\":%lld,\"late\":%lld,\"closed\":%d,\"delay_us\":{\"p50\":%lld,\"p99\":%lld,\"max\":%lld},"
         "\"behind_us\":{\"p99\":%lld,\"max\":%lld}}\n",
         (long long)sent, (long long)received, (long long)late, closed_by_server, (long long)quantile(delays, 0.5),
         (long long)quantile(delays, 0.99), (long long)quantile(delays, 1), (long long)quantile(behind, 0.99),
         (long long)quantile(behind, 1));
  fflush(stdout);
  char stop[256];
  for (int n = 0; n < count; n++) {
    int size = snprintf(stop, sizeof stop, "{\"event\":\"stop\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"%s\",\"stop\":{\"accountSid\":"
      "\"AC00000000000000000000000000000000\",\"callSid\":\"%s\"}}", (long long)streams[n].chunk + 2, streams[n].sid, streams[n].call);
    send_frame(&streams[n], 1, stop, size);
  }
  for (int n = 0; n < count; n++)
    if (!streams[n].closed) close(streams[n].fd);
  return 0;
}
