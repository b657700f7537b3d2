// SPDX-License-Identifier: Apache-2.0
#include "kernel/exit_notice.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "core/limits.h"
#include "kernel/adopted_maps.h"
#include "kernel/libbpf_log.h"
#include "kernel/mapped_map.h"
#include "kernel/pins.h"
#include "posix/clock.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wpedantic"
#include "exit_notice.skel.h"
#pragma GCC diagnostic pop

namespace buddyring {
namespace {

static_assert(limits::services_max + 1 == BUDDYRING_MAX_PROCESSES);

constexpr const char* own_pid_namespace = "/proc/self/ns/pid";

struct Destroy {
  void operator()(exit_notice_bpf* skeleton) const { exit_notice_bpf__destroy(skeleton); }
};
using ExitSkeleton = std::unique_ptr<exit_notice_bpf, Destroy>;

// The loaded program; nothing when this kernel does not take it, for which `log` has the reason.
ExitSkeleton load(int agent_fd, const std::string& folder) {
  struct stat pid_namespace {};
  ExitSkeleton skeleton(exit_notice_bpf__open());
  if (!skeleton || stat(own_pid_namespace, &pid_namespace) != 0) {
    return nullptr;
  }
  skeleton->rodata->pid_namespace = static_cast<uint32_t>(pid_namespace.st_ino);
  (void)adopt_maps(skeleton->obj, folder);
  if (bpf_map__reuse_fd(skeleton->maps.agent, agent_fd) != 0 || exit_notice_bpf__load(skeleton.get()) != 0) {
    return nullptr;
  }
  return skeleton;
}

std::vector<uint32_t> keys_of(int map) {
  std::vector<uint32_t> keys;
  uint32_t key = 0;
  for (const uint32_t* before = nullptr; bpf_map_get_next_key(map, before, &key) == 0; before = &keys.back()) {
    keys.push_back(key);
  }
  return keys;
}

}  // namespace

ExitNotice::ExitNotice(int agent_fd, buddyring_agent& agent, PinDirectory& pins, std::vector<std::string>& warnings)
    : agent_(agent) {
  const LibbpfLog log;
  const ExitSkeleton skeleton = load(agent_fd, pins.path());
  const Fd link(skeleton ? bpf_raw_tracepoint_open(nullptr, bpf_program__fd(skeleton->progs.buddyring_exit)) : -1);
  if (!link.valid()) {
    pins.unpin(pins::exit_link);
    pins.unpin(pins::process);
    warnings.push_back("the kernel cannot tell of exits, so a killed agent is vouched for until its lease runs out: " +
                       (log.reason().empty() ? error_text(errno) : log.reason()) +
                       "; a kernel with BTF (/sys/kernel/btf/vmlinux) is needed");
    return;
  }
  // Two at a time do no harm: the second finds nothing to revoke.
  pins.pin(link.get(), pins::exit_link);
  pins.pin(bpf_map__fd(skeleton->maps.process), pins::process);
  processes_ = Fd(fcntl(bpf_map__fd(skeleton->maps.process), F_DUPFD_CLOEXEC, 0));
}

Status ExitNotice::rest_on(std::span<const pid_t> processes) {
  BUDDYRING_ASSERT(processes.size() <= BUDDYRING_MAX_PROCESSES);
  // Who is not asked for any more goes first: its exit must not revoke what comes.
  for (const uint32_t key : active() ? keys_of(processes_.get()) : std::vector<uint32_t>{}) {
    if (std::ranges::find(processes, static_cast<pid_t>(key)) == processes.end()) {
      bpf_map_delete_elem(processes_.get(), &key);
    }
  }
  const uint64_t term = std::max(load_relaxed(agent_.term), load_acquire(agent_.term_floor)) + 1;
  __atomic_store_n(&agent_.term_next, __u64{term}, __ATOMIC_SEQ_CST);
  for (const pid_t process : active() ? processes : std::span<const pid_t>{}) {
    const bool before = std::ranges::find(resting_on_, process) != resting_on_.end();
    const auto key = static_cast<uint32_t>(process);
    const buddyring_process value{.watched_since_ns = to_ns(monotonic_now())};
    if (const int error = bpf_map_update_elem(processes_.get(), &key, &value, before ? BPF_EXIST : BPF_ANY);
        error != 0) {
      return Error{error == -ENOENT ? ErrorKind::not_found : ErrorKind::system,
                   "cannot rest the lease on process " + std::to_string(process) + ": " +
                       (error == -ENOENT ? "it has exited" : error_text(error))};
    }
  }
  resting_on_.assign(processes.begin(), processes.end());
  store_release(agent_.term, __u64{term});
  return Done{};
}

void ExitNotice::forget(pid_t process) {
  const auto key = static_cast<uint32_t>(process);
  if (active()) {
    bpf_map_delete_elem(processes_.get(), &key);
  }
}

}  // namespace buddyring
