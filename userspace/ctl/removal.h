// SPDX-License-Identifier: Apache-2.0
// Taking a server out of the ring by an operator's word, and telling its two buddies of each other.
#pragma once

#include <optional>
#include <string>

#include "ctl/context.h"

namespace buddyring {

struct Removal {
  Json buddies = Json::array();  // who they are, and what each said
  std::string text;
  bool all_understood = true;
};

// Nothing when the pool has no such server. Throws Failure.
[[nodiscard]] std::optional<Removal> remove_from_ring(RegistryClient& registry, const std::string& pool,
                                                      const PoolKeys& keys, const DeleteRequest& request);

// As in all documents.
[[nodiscard]] Json server_json(const Server& server);

}  // namespace buddyring
