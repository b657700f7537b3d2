// SPDX-License-Identifier: Apache-2.0
#include "kernel/constant_blinding.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <array>
#include <cerrno>

#include "kernel/failure.h"
#include "posix/fd.h"

namespace buddyring {

Result<bool> blinds_constants() {
  // Of one function: with several the kernel blinds copies of them, which are not counted. A
  // constant of 0 would be replaced by one instruction.
  const std::array<bpf_insn, 2> pass{{
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = XDP_PASS},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
  }};
  const Fd program(bpf_prog_load(BPF_PROG_TYPE_XDP, "buddyring_ask", "GPL", pass.data(), pass.size(), nullptr));
  bpf_prog_info info{};
  uint32_t info_bytes = sizeof(info);
  if (!program.valid() || bpf_obj_get_info_by_fd(program.get(), &info, &info_bytes) != 0) {
    return Error{ErrorKind::system, "cannot ask whether the kernel blinds constants: " + error_text(errno)};
  }
  return info.xlated_prog_len > sizeof(pass);
}

}  // namespace buddyring
