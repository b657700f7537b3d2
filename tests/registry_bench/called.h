// SPDX-License-Identifier: Apache-2.0
// The changes of a loaded pool's ring as its users make them: by calling the procedures.
#pragma once

#include <string>

#include "registry/client.h"

namespace buddyring {

// The tables and procedures, in an empty database. Throws std::runtime_error.
void install_tables(const RegistryUrl& url, const std::string& password);

class Called {
 public:
  // `pool` is a pool that lab::load_pool filled. Throws std::runtime_error, as all of it.
  Called(const RegistryUrl& url, const std::string& password, std::string pool);

  // ServerDelete of server `number`, and ServerAnnounce of it.
  void remove(unsigned number);
  void insert(unsigned number);
  // ServerPick, and a round trip that does nothing.
  void pick();
  void ping();

 private:
  RegistryClient client_;
  std::string pool_;
};

}  // namespace buddyring
