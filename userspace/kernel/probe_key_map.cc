// SPDX-License-Identifier: Apache-2.0
#include "kernel/probe_key_map.h"

#include <bpf/bpf.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>

#include "kernel/failure.h"

namespace buddyring {
namespace {

using Entries = std::array<buddyring_probe_key, BUDDYRING_KEY_IDS>;

// A copy of the secrets, wiped when it has been handed on.
struct Wiped {
  Entries entries{};
  Wiped() = default;
  ~Wiped() { OPENSSL_cleanse(entries.data(), sizeof entries); }
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
};

}  // namespace

void fill_probe_keys(int map_fd, const ProbeKeys& keys) {
  Wiped wanted;
  for (const ProbeKey& key : keys.all()) {
    wanted.entries.at(key.id) = {
        .secret = {sip_key_word(key.secret, 0), sip_key_word(key.secret, 1)}, .accepted = 1, .padding = {}};
  }
  for (__u32 id = 0; id < BUDDYRING_KEY_IDS; ++id) {
    if (const int error = bpf_map_update_elem(map_fd, &id, &wanted.entries.at(id), BPF_ANY); error != 0) {
      fail_start("give the kernel the keys of probes", error, "", "run as root");
    }
  }
}

}  // namespace buddyring
