// SPDX-License-Identifier: Apache-2.0
#include "kernel/skeleton.h"

#include <cerrno>

#include "kernel/adopted_maps.h"
#include "kernel/failure.h"
#include "kernel/libbpf_log.h"

namespace buddyring {

Skeleton::Skeleton(const std::string& folder) : skeleton_(nullptr) {
  const LibbpfLog log;
  skeleton_ = buddyring_bpf__open();
  if (skeleton_ == nullptr) {
    fail_start("open the kernel programs", errno, log.reason(), "reinstall, the binary is damaged");
  }
  try {
    adopted_ = !folder.empty() && adopt_maps(skeleton_->obj, folder);
  } catch (...) {
    buddyring_bpf__destroy(skeleton_);
    throw;
  }
  const int error = buddyring_bpf__load(skeleton_);
  if (error != 0) {
    buddyring_bpf__destroy(skeleton_);
    fail_start("load the kernel programs", error, log.reason(), "a kernel from 6.1 on, with BTF, is needed");
  }
}

Skeleton::~Skeleton() { buddyring_bpf__destroy(skeleton_); }

}  // namespace buddyring
