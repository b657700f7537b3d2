// SPDX-License-Identifier: Apache-2.0
#include "ctl/command.h"

#include <array>

namespace buddyring {
namespace {

constexpr std::array<Command, 7> table{{
    {"status", "", 0, "an agent on this host, from its pinned maps", &show_status},
    {"ring", "", 0, "the servers of a pool, once around the ring", &show_ring},
    {"pick", "", 0, "the address of a random live server", &pick_server},
    {"remove", "SERVER", 1, "take a server out of the ring", &remove_server},
    {"verify", "", 0, "every violation of the ring's invariants", &verify_ring},
    {"registry install", "", 0, "create or upgrade the server table and its procedures", &install_schema},
    {"registry version", "", 0, "the schema version that is installed", &show_schema_version},
}};

}  // namespace

std::span<const Command> commands() { return table; }

}  // namespace buddyring
