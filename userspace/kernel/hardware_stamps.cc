// SPDX-License-Identifier: Apache-2.0
#include "kernel/hardware_stamps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/bpf.h>

#include <cerrno>
#include <memory>
#include <string>

#include "kernel/constant_blinding.h"
#include "kernel/failure.h"
#include "kernel/libbpf_log.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wpedantic"
#include "hardware_stamps.skel.h"
#pragma GCC diagnostic pop

namespace buddyring {
namespace {

// BPF_F_XDP_DEV_BOUND_ONLY of linux/bpf.h, which Debian 12's headers are too old for.
constexpr uint32_t bound_to_interface = 1U << 6;

struct Destroy {
  void operator()(hardware_stamps_bpf* skeleton) const { hardware_stamps_bpf__destroy(skeleton); }
};

// Each map of `object` is the one of that name in `plain`, but for its constants.
int use_maps_of(const Skeleton& plain, bpf_object* object) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (bpf_map__is_internal(map)) {
      continue;
    }
    const int error = bpf_map__reuse_fd(map, bpf_object__find_map_fd_by_name(plain->obj, bpf_map__name(map)));
    if (error != 0) {
      return error;
    }
  }
  return 0;
}

// Longer than it was given: the kernel may have moved it. Also when it cannot be told.
bool has_grown(const bpf_program* program) {
  bpf_prog_info info{};
  uint32_t info_bytes = sizeof(info);
  return bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &info_bytes) != 0 ||
         info.xlated_prog_len > bpf_program__insn_cnt(program) * sizeof(bpf_insn);
}

}  // namespace

Result<Fd> load_hardware_stamps(const Skeleton& plain, unsigned ifindex) {
  const Result<bool> blinds = blinds_constants();
  if (!blinds.ok()) {
    return blinds.error();
  }
  if (blinds.value()) {
    return Error{ErrorKind::conflict,
                 "the kernel blinds constants, after which it faults when the interface goes away; set "
                 "net.core.bpf_jit_harden to 0 or 1"};
  }
  const LibbpfLog log;
  const std::unique_ptr<hardware_stamps_bpf, Destroy> skeleton(hardware_stamps_bpf__open());
  if (!skeleton) {
    return Error{ErrorKind::system, "the program cannot be opened: " + error_text(errno)};
  }
  bpf_program* stamping = skeleton->progs.buddyring_xdp;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton->obj) { bpf_program__set_autoload(program, program == stamping); }
  bpf_program__set_ifindex(stamping, ifindex);
  int error = bpf_program__set_flags(stamping, bpf_program__flags(stamping) | bound_to_interface);
  error = error != 0 ? error : use_maps_of(plain, skeleton->obj);
  error = error != 0 ? error : hardware_stamps_bpf__load(skeleton.get());
  if (error != 0) {
    return Error{ErrorKind::system,
                 "the kernel does not take the program: " + (log.reason().empty() ? error_text(error) : log.reason()) +
                     "; it takes Linux 6.3 or later, and a driver that tells stamps to XDP"};
  }
  if (has_grown(stamping)) {
    return Error{
        ErrorKind::system,
        "the kernel may have moved the program while loading it, after which it faults when the interface goes away"};
  }
  return Fd(fcntl(bpf_program__fd(stamping), F_DUPFD_CLOEXEC, 0));
}

}  // namespace buddyring
