// SPDX-License-Identifier: Apache-2.0
// Skeleton: the compiled kernel programs and their maps, as bpftool generated
// them, freed with the object. Loading is the constructor's work.
#pragma once

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wpedantic"
#include "buddyring.skel.h"
#pragma GCC diagnostic pop

namespace buddyring {

class Skeleton {
 public:
  // Throws StartupError with the verifier's last word.
  Skeleton();
  ~Skeleton();
  Skeleton(const Skeleton&) = delete;
  Skeleton& operator=(const Skeleton&) = delete;

  [[nodiscard]] const buddyring_bpf& get() const { return *skeleton_; }
  [[nodiscard]] const buddyring_bpf* operator->() const { return skeleton_; }

 private:
  buddyring_bpf* skeleton_;
};

}  // namespace buddyring
