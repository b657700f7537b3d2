// SPDX-License-Identifier: Apache-2.0
#include "ctl/command.h"

#include <array>

namespace buddyring {
namespace {

constexpr std::array<Command, 22> table{{
    {"status", "", no_argument, "an agent on this host, from its pinned maps", &show_status, house_codes},
    {"top", "", no_argument, "the same live, until q", &show_top, house_codes},
    {"metrics", "", no_argument, "all agents on this host, for Prometheus", &show_metrics, house_codes},
    {"reload", "", no_argument, "an agent on this host reads its settings anew, and says what changed", &reload_agent,
     house_codes},
    {"upgrade", "", no_argument, "an agent on this host hands over to the next, such as a new version", &upgrade_agent,
     house_codes},
    {"ring", "", no_argument, "the servers of a pool, once around the ring", &show_ring, house_codes},
    {"pick", "", no_argument, "the address of a random live server", &pick_server, house_codes},
    {"remove", "SERVER", one_argument, "take a server out of the ring", &remove_server, house_codes},
    {"rejoin", "SERVER", at_most_one, "have a server announce itself anew, at another place", &rejoin_server,
     house_codes},
    {"drain", "SERVER", one_argument, "no more clients for a server; it stays in the ring", &drain_server, house_codes},
    {"undrain", "SERVER", one_argument, "clients for it again", &undrain_server, house_codes},
    {"weight", "SERVER PERCENT", two_arguments, "how many clients a server gets, of the usual", &weigh_server,
     house_codes},
    {"pause", "", no_argument, "nobody of a pool is deleted as dead for a while, for maintenance", &pause_pool,
     house_codes},
    {"resume", "", no_argument, "end a pause before its time", &resume_pool, house_codes},
    {"events", "", no_argument, "what happened in a pool of late", &show_events, house_codes},
    {"history", "SERVER", one_argument, "what happened to a server: who accused it, on what stamps", &show_history,
     house_codes},
    {"verify", "", no_argument, "every violation of the ring's invariants", &verify_ring, house_codes},
    {"registry install", "", no_argument, "create or upgrade the server table and its procedures", &install_schema,
     house_codes},
    {"registry version", "", no_argument, "the schema version that is installed", &show_schema_version, house_codes},
    {"ping", "HOST...", some_arguments, "round-trip times by the kernel's stamps, in fping's form", &ping_hosts,
     fping_codes},
    {"doctor", "", no_argument, "whether this host can run buddyd, and the cure where not", &examine_host, house_codes},
    {"haproxy-sync", "", no_argument, "keep the slots of an HAProxy's backend equal to a pool", &sync_haproxy,
     house_codes},
}};

}  // namespace

std::span<const Command> commands() { return table; }

}  // namespace buddyring
