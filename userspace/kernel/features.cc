// SPDX-License-Identifier: Apache-2.0
#include "kernel/features.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/if_link.h>
#include <linux/magic.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "kernel/failure.h"
#include "kernel/libbpf_log.h"
#include "kernel/skeleton.h"
#include "posix/fd.h"
#include "posix/held_capabilities.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

constexpr const char* kernel_types = "/sys/kernel/btf/vmlinux";

// One probe; as libbpf's: 1 there, 0 not, negative unknown.
struct Probe {
  const char* what;
  int (*ask)();
};

constexpr std::array probes{
    Probe{"program type XDP", [] { return libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_XDP, nullptr); }},
    Probe{"program type sched_cls", [] { return libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SCHED_CLS, nullptr); }},
    Probe{"map type array", [] { return libbpf_probe_bpf_map_type(BPF_MAP_TYPE_ARRAY, nullptr); }},
    Probe{"map type hash", [] { return libbpf_probe_bpf_map_type(BPF_MAP_TYPE_HASH, nullptr); }},
    Probe{"map type percpu_array", [] { return libbpf_probe_bpf_map_type(BPF_MAP_TYPE_PERCPU_ARRAY, nullptr); }},
    Probe{"helper ktime_get_ns in XDP",
          [] { return libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_ktime_get_ns, nullptr); }},
    Probe{"helper map_lookup_elem in XDP",
          [] { return libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_map_lookup_elem, nullptr); }},
    Probe{"helper skb_load_bytes in sched_cls",
          [] { return libbpf_probe_bpf_helper(BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_skb_load_bytes, nullptr); }},
};

bool may_load_programs() {
  const HeldCapabilities held = HeldCapabilities::now();
  return held.has(CAP_SYS_ADMIN) || (held.has(CAP_BPF) && held.has(CAP_NET_ADMIN));
}

std::string name_of_program(uint32_t id) {
  const Fd program(bpf_prog_get_fd_by_id(id));
  bpf_prog_info info{};
  uint32_t info_bytes = sizeof(info);
  const bool known = program.valid() && bpf_obj_get_info_by_fd(program.get(), &info, &info_bytes) == 0;
  return known ? info.name : "";
}

}  // namespace

std::string kernel_release() {
  utsname names{};
  return ::uname(&names) == 0 ? names.release : "";
}

bool kernel_has_types() { return ::access(kernel_types, R_OK) == 0; }

Result<std::vector<std::string>> missing_bpf_features() {
  // To libbpf, what the kernel refuses for want of rights looks like what it lacks.
  if (!may_load_programs()) {
    return Error{ErrorKind::access_denied, "this process may not load programs, so nothing can be tried"};
  }
  const LibbpfLog log;
  std::vector<std::string> missing;
  for (const Probe& probe : probes) {
    const int answer = probe.ask();
    if (answer < 0) {
      return Error{ErrorKind::system, std::string{"cannot ask for "} + probe.what + ": " + error_text(answer)};
    }
    if (answer == 0) {
      missing.emplace_back(probe.what);
    }
  }
  return missing;
}

Status try_loading_programs() {
  try {
    const Skeleton skeleton;
    return Done{};
  } catch (const StartupError& error) {
    return Error{ErrorKind::system, error.what()};
  }
}

Result<bool> is_on_bpffs(const std::string& path) {
  std::filesystem::path existing = path;
  std::error_code ignored;
  while (!std::filesystem::exists(existing, ignored) && existing.has_relative_path()) {
    existing = existing.parent_path();
  }
  struct statfs there {};
  if (::statfs(existing.c_str(), &there) != 0) {
    return Error{ErrorKind::system, "cannot look at " + existing.string() + ": " + error_text(errno)};
  }
  return there.f_type == BPF_FS_MAGIC;
}

Result<XdpOccupant> xdp_occupant(unsigned ifindex) {
  const LibbpfLog log;
  bpf_xdp_query_opts query{};
  query.sz = sizeof(query);
  if (const int error = bpf_xdp_query(static_cast<int>(ifindex), 0, &query); error != 0) {
    return Error{ErrorKind::system, "cannot ask for the XDP program: " + error_text(error)};
  }
  XdpOccupant occupant;
  const std::array<std::pair<uint32_t, XdpMode>, 3> slots{{{query.hw_prog_id, XdpMode::offloaded},
                                                           {query.drv_prog_id, XdpMode::native},
                                                           {query.skb_prog_id, XdpMode::generic}}};
  for (const auto& [id, mode] : slots) {
    if (id != 0) {
      occupant = {mode, id, name_of_program(id)};
    }
  }
  return occupant;
}

}  // namespace buddyring
