// SPDX-License-Identifier: Apache-2.0
// Every limit of the userspace side, by name. The kernel side's are in bpf/contract.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace buddyring::limits {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Names of pools and servers: letters, digits, '.', '_' and '-'.
inline constexpr size_t name_bytes_max = 63;

// Detection settings an operator may choose.
inline constexpr auto interval_min = milliseconds{1};
// Of an agent that never sleeps: a tick with two probes must fit, and a timer is not needed.
inline constexpr auto interval_spinning_min = microseconds{50};
inline constexpr auto interval_max = seconds{60};
inline constexpr unsigned misses_min = 2;
inline constexpr unsigned misses_max = 100;
inline constexpr auto lease_min = milliseconds{100};
inline constexpr auto lease_max = seconds{300};

// ServerReplace: messages and the connections that carry them.
inline constexpr size_t replace_message_bytes_max = 512;
inline constexpr size_t replace_connections_max = 16;
inline constexpr auto replace_listen_timeout = seconds{2};
inline constexpr int replace_listen_pause_ms = 10;
inline constexpr auto replace_accept_pause = milliseconds{100};
inline constexpr auto replace_connection_timeout = seconds{1};
inline constexpr size_t replace_orders_max = 8;
inline constexpr unsigned replace_attempts_max = 6;
inline constexpr auto replace_backoff_first = milliseconds{20};
inline constexpr auto replace_backoff_max = seconds{1};

// Dealings with the server table.
inline constexpr auto registry_backoff_first = milliseconds{50};
inline constexpr auto registry_backoff_max = seconds{1};
inline constexpr auto registry_connect_timeout = seconds{2};
inline constexpr auto registry_query_timeout = seconds{5};
inline constexpr auto registry_install_timeout = seconds{600};  // a column for each of a million rows
inline constexpr auto registry_verify_timeout = seconds{600};   // a ring of a million, walked by server
inline constexpr auto registry_lock_timeout = seconds{2};
inline constexpr auto registry_schema_patience = seconds{60};  // for a lock that calls under way hold
inline constexpr unsigned registry_conflict_retries_max = 20;
// Several endpoints of one registry: how many, how long one that failed is passed over
// (the time doubles, and is drawn from its upper half), and how long the way back to an
// earlier one may hold up a request.
inline constexpr size_t registry_prepared_max = 4;  // statements that a connection keeps prepared
inline constexpr size_t registry_endpoints_max = 8;
inline constexpr auto endpoint_backoff_first = milliseconds{200};
inline constexpr auto endpoint_backoff_max = seconds{30};
inline constexpr auto endpoint_return_timeout = seconds{1};
// A verdict that was sent back to be confirmed is carried out, however slow the
// registry, when it comes again within this.
inline constexpr auto sent_back_forgotten = seconds{10};
// A server alone in its pool has nobody who could tell it that it is not alone
// any more, or not in the table: it rereads its own row now and then.
inline constexpr auto alone_reread = seconds{5};
// A member that has not heard the registry for so long rereads its own row, which
// keeps the connection alive as well: whatever drops idle ones shows then, and not
// at the first verdict. What nobody could tell it by message it learns then, too.
inline constexpr auto idle_reread = seconds{25};
// How long a buddy that was never heard is waited for when there is no witness:
// long enough for those whom the table calls our buddies to reread their rows.
inline constexpr auto stranger_patience = seconds{60};
// A server that finds itself deleted announces itself again after a pause that
// doubles each time, until it has been a member for a while.
inline constexpr auto rejoin_pause_first = milliseconds{100};
inline constexpr auto rejoin_pause_max = seconds{60};
inline constexpr auto rejoin_pause_forgotten = seconds{60};
// Servers that are asked about beyond a suspect; so many adjacent deaths, the
// suspect among them, are found at once.
inline constexpr size_t beyond_max = 8;
// What one accuser may delete by its verdicts within a time (ServerDelete has
// the same numbers), and when it asks again after it was refused.
inline constexpr unsigned deletions_max = 16;
inline constexpr auto deletions_window = seconds{60};
inline constexpr auto refused_pause = seconds{1};
// An interval in which what others do is waited for is not shorter than this: a message or
// a query takes its time, however short the interval between probes.
inline constexpr auto inquiry_interval_min = milliseconds{10};
// Verdicts of a pool are paused for so long at most (PoolPause has the same number), and asked
// for again, while they are, after this. Two a dead server: a pool that is down as a whole must not
// keep its table busy.
inline constexpr auto pause_max = std::chrono::hours{24};
inline constexpr auto pause_min = seconds{1};
inline constexpr auto paused_retry = seconds{2};
// How fresh a mark of suspicion in the table must be to dispute (ServerDelete, too).
inline constexpr auto mark_window = seconds{5};
// ServerExpect: how many newcomers are expected and probed at a time, when the own
// row is reread if one did not come, and for how long a newcomer looks for servers
// that hear it before it announces itself without, or gives up.
inline constexpr size_t expectations_max = 8;
inline constexpr auto expectation_patience = seconds{2};
inline constexpr auto introduction_patience = seconds{10};
inline constexpr auto introduction_pause = milliseconds{200};  // between two places
// How often one receiver is asked whether it hears us, and the first wait between,
// which doubles: half a second at one place.
inline constexpr unsigned expect_attempts_max = 10;
inline constexpr auto expect_backoff_first = milliseconds{1};
// A server whose row was lost and that nobody hears tries again after such pauses.
inline constexpr auto unheard_pause_first = seconds{1};
inline constexpr auto unheard_pause_max = seconds{30};
// Messages make a server reread its row so often at most.
inline constexpr auto message_reread_pause = milliseconds{100};
// Pool keys: how many at a time, their length, and their file with its comments.
inline constexpr size_t pool_keys_max = 8;
inline constexpr size_t pool_key_bytes = 32;
inline constexpr size_t key_file_bytes_max = 4096;

// A password file, which holds the password and nothing else.
inline constexpr size_t password_bytes_max = 256;

// Netlink: a datagram of a dump, and dumps begun anew because links changed meanwhile.
inline constexpr size_t netlink_datagram_bytes_max = 32768;
inline constexpr unsigned netlink_dump_attempts_max = 10;

// How long a start waits for an own address that is tentative: duplicate address
// detection takes two seconds at most, as hosts are set up.
inline constexpr auto address_usable_timeout = seconds{5};
inline constexpr int address_usable_pause_ms = 20;

// The router: how often it asks, what it takes from clients, how many at once.
inline constexpr auto router_refresh_min = milliseconds{1};
inline constexpr auto router_refresh_max = seconds{60};
inline constexpr auto router_staleness_min = milliseconds{100};
inline constexpr auto router_staleness_max = seconds{3600};
inline constexpr size_t router_target_bytes_max = 8192;
inline constexpr size_t router_connection_bytes_max = 32768;
inline constexpr unsigned long long router_body_bytes_max = 1 << 20;
inline constexpr unsigned router_threads = 2;

// buddyctl metrics: who may ask at a time, and for how long one that is silent is kept.
inline constexpr unsigned metrics_connections_max = 16;
inline constexpr auto metrics_connection_timeout = seconds{30};

// buddyctl ping: what an operator may choose, and all the requests of one run, which
// are kept until its end. Data begins with 16 bytes by which a reply is known.
inline constexpr size_t ping_hosts_max = 1000;
inline constexpr uint64_t ping_requests_max = 1'000'000;
inline constexpr auto ping_interval_min = milliseconds{1};
inline constexpr auto ping_interval_max = seconds{60};
inline constexpr auto ping_timeout_min = milliseconds{1};
inline constexpr auto ping_timeout_max = seconds{60};
inline constexpr size_t ping_data_bytes_min = 16;
inline constexpr size_t ping_data_bytes_max = 65'507;  // with its headers, the longest IPv4 packet
// Between requests to two hosts, unless there are too many hosts for that.
inline constexpr auto ping_gap = milliseconds{10};
// Until the kernel stamps what arrives, which it begins when it is asked to.
inline constexpr auto ping_stamping_patience = milliseconds{500};
// A request that an earlier one's error kept from leaving is sent so often.
inline constexpr int ping_send_attempts_max = 4;

// Real-time priority, what an operator may choose. An agent that may take it by itself does so
// once that many ticks of a window ran late, and gives it up when none did for a time, which doubles.
inline constexpr unsigned realtime_priority_min = 1;
inline constexpr unsigned realtime_priority_max = 99;
inline constexpr uint64_t escalation_window_ticks = 100;
inline constexpr uint64_t escalation_late_ticks = 5;
inline constexpr auto escalation_calm_first = seconds{60};
inline constexpr auto escalation_calm_max = seconds{3600};
// SCHED_DEADLINE: a thread of that kind has a period and may run for a part of each. A quarter of the interval
// is as often as a hurried cycle ticks, and who used up its part waits for less than makes a tick
// void; the kernel takes no period below 100 us, nor above 4 s. A quarter of each is ten ticks' time at 10 ms, and
// leaves the rest to others that want such a part; two ticks' time it is at least.
inline constexpr unsigned deadline_periods_an_interval = 4;
inline constexpr auto deadline_period_max = milliseconds{100};
inline constexpr unsigned deadline_parts_a_period = 4;
inline constexpr auto deadline_runtime_min = microseconds{100};
inline constexpr size_t stack_bytes_locked = 1U << 20;  // with --lock-memory; an agent uses a fraction

// ServerReport, the summaries of round trips for the operators' page: how often a round trip counts;
// how long a class must have held before it is told, and over how much more servers are spread;
// and how long after a report the next is sent because of a class alone.
inline constexpr auto rtt_sample_pause = seconds{1};
inline constexpr auto rtt_report_hold = seconds{60};
inline constexpr auto rtt_report_spread = seconds{60};
inline constexpr auto rtt_report_pause = seconds{600};
inline constexpr unsigned rtt_class_max = 40;  // ServerReport has the same number

// How long a link that came up again may keep probes from arriving: the kernel
// repeats a question for a neighbour after a second.
inline constexpr auto carrier_grace = seconds{2};
// How long a start waits for its link, which a driver may reset when a program is attached.
inline constexpr auto carrier_patience = seconds{10};

// Processes, units and checks that stand for a server, besides the agent itself
// (BUDDYRING_MAX_PROCESSES), and how often systemd is asked for a unit that is gone.
inline constexpr size_t services_max = 15;
inline constexpr auto unit_lookup_pause = seconds{1};
// Checks of a service's health, what an operator may choose.
inline constexpr unsigned check_in_a_row_max = 100;
inline constexpr auto check_interval_min = milliseconds{10};
inline constexpr auto check_interval_max = seconds{300};
inline constexpr auto check_timeout_min = milliseconds{10};
inline constexpr auto check_timeout_max = seconds{300};

// Leaving: how long a departing server waits for its buddies' acknowledgements.
inline constexpr auto leave_timeout = seconds{5};

// Live answers in a row that do not count us until the row is read again: the
// number doubles up to this.
inline constexpr unsigned uncounted_max = 1U << 16;

// How long nobody who counts us for its buddy may be heard until an operator is
// told: whoever is not watched dies unseen.
inline constexpr auto unwatched_patience = seconds{10};

// Room in standard error's buffer that a log line may count on (PIPE_BUF).
inline constexpr size_t log_line_bytes_max = 4096;
// Notices of what happens: of one line what every pipe takes whole (PIPE_BUF), of what
// others said in it so much that escaping cannot make it longer than that; how many
// wait for a command, how long one may run, and how long our end waits for the last ones.
inline constexpr size_t notice_bytes_max = 4096;
inline constexpr size_t notice_text_bytes_max = 256;
inline constexpr size_t notices_waiting_max = 256;
inline constexpr auto notify_timeout = seconds{10};
inline constexpr auto notify_last_words = seconds{2};
// Entries of the audit that are read at once, and how often events --follow looks.
inline constexpr unsigned audit_entries_max = 1000;
inline constexpr auto audit_poll = milliseconds{500};
// An agent that was told by a signal: how often buddyctl looks what came of it, and how long
// until it gives up. A start after a hand-over may wait for what it watches.
inline constexpr auto agent_poll = milliseconds{20};
inline constexpr auto reload_patience = seconds{10};
inline constexpr auto upgrade_patience = seconds{30};
// A filter that bypasses our egress program is told of this often.
inline constexpr auto bypass_log_pause = seconds{10};

// Events kept between two drains of the core; more are counted and dropped.
inline constexpr size_t events_max = 64;

}  // namespace buddyring::limits
