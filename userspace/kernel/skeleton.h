// SPDX-License-Identifier: Apache-2.0
// Skeleton: the compiled kernel programs and their maps, as bpftool generated
// them, freed with the object. Loading is the constructor's work. What is pinned
// or attached outlives it.
#pragma once

#include <string>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wpedantic"
#include "buddyring.skel.h"
#pragma GCC diagnostic pop

namespace buddyring {

class Skeleton {
 public:
  // With the maps that are pinned in `folder`, if they are; "" for new ones in any
  // case. Throws StartupError with the verifier's last word.
  explicit Skeleton(const std::string& folder = "");
  ~Skeleton();
  Skeleton(const Skeleton&) = delete;
  Skeleton& operator=(const Skeleton&) = delete;

  // True when its maps are those that were pinned.
  [[nodiscard]] bool adopted() const { return adopted_; }
  [[nodiscard]] const buddyring_bpf& get() const { return *skeleton_; }
  [[nodiscard]] const buddyring_bpf* operator->() const { return skeleton_; }

 private:
  buddyring_bpf* skeleton_;
  bool adopted_ = false;
};

}  // namespace buddyring
