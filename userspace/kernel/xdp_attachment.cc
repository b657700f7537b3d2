// SPDX-License-Identifier: Apache-2.0
#include "kernel/xdp_attachment.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include <cerrno>

#include "kernel/failure.h"
#include "kernel/libbpf_log.h"
#include "kernel/pins.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

// "program firewall (id 12)"; without the name when we may not look it up.
std::string program_text(uint32_t id) {
  const std::string with_id = "(id " + std::to_string(id) + ")";
  const Fd program(bpf_prog_get_fd_by_id(id));
  bpf_prog_info info{};
  uint32_t info_bytes = sizeof(info);
  if (!program.valid() || bpf_obj_get_info_by_fd(program.get(), &info, &info_bytes) != 0) {
    return "a program " + with_id;
  }
  return "program " + std::string(info.name) + " " + with_id;
}

// What is in the interface's XDP slot.
bpf_xdp_query_opts query_slot(unsigned ifindex, const std::string& interface) {
  bpf_xdp_query_opts query{};
  query.sz = sizeof(query);
  const int error = bpf_xdp_query(static_cast<int>(ifindex), 0, &query);
  if (error != 0) {
    fail_start("ask for the XDP program of " + interface, error, "", "check that the interface is still there");
  }
  return query;
}

// The program in the slot, 0 when it is free.
uint32_t occupant_of(unsigned ifindex, const std::string& interface) {
  const auto query = query_slot(ifindex, interface);
  for (const uint32_t id : {query.prog_id, query.drv_prog_id, query.skb_prog_id, query.hw_prog_id}) {
    if (id != 0) {
      return id;
    }
  }
  return 0;
}

[[noreturn]] void refuse(uint32_t occupant, const std::string& interface) {
  throw StartupError("cannot attach to " + interface + ": its XDP slot is taken by " + program_text(occupant) +
                     "; stop what attached it or remove it with `ip link set dev " + interface +
                     " xdp off` (`buddyd --detach` for what an agent left), or name another interface with" +
                     " --interface");
}

int create_link(int program_fd, unsigned ifindex, uint32_t flags) {
  bpf_link_create_opts options{};
  options.sz = sizeof(options);
  options.flags = flags;
  return bpf_link_create(program_fd, static_cast<int>(ifindex), BPF_XDP, &options);
}

}  // namespace

XdpAttachment::XdpAttachment(int program_fd, unsigned ifindex, const std::string& interface, PinDirectory& pins,
                             std::vector<std::string>& warnings) {
  if (!adopt(program_fd, ifindex, interface, pins)) {
    attach(program_fd, ifindex, interface, warnings);
    pins.pin(link_.get(), pins::xdp_link);
  }
}

bool XdpAttachment::adopt(int program_fd, unsigned ifindex, const std::string& interface, const PinDirectory& pins) {
  Fd link(bpf_obj_get((pins.path() + "/" + pins::xdp_link).c_str()));
  bpf_link_info info{};
  uint32_t info_bytes = sizeof(info);
  if (!link.valid() || bpf_obj_get_info_by_fd(link.get(), &info, &info_bytes) != 0) {
    return false;
  }
  // An index alone may be that of another network namespace's interface.
  const auto slot = query_slot(ifindex, interface);
  if (info.xdp.ifindex != ifindex || slot.prog_id != info.prog_id) {
    bpf_link_detach(link.get());
    return false;
  }
  const LibbpfLog log;
  if (const int error = bpf_link_update(link.get(), program_fd, nullptr); error != 0) {
    fail_start("exchange the XDP program of " + interface, error, log.reason(), "run `buddyd --detach`");
  }
  link_ = std::move(link);
  mode_ = slot.attach_mode == XDP_ATTACHED_SKB ? BUDDYRING_ATTACHED_GENERIC : BUDDYRING_ATTACHED_NATIVE;
  return true;
}

void XdpAttachment::attach(int program_fd, unsigned ifindex, const std::string& interface,
                           std::vector<std::string>& warnings) {
  const LibbpfLog log;
  if (const uint32_t occupant = occupant_of(ifindex, interface); occupant != 0) {
    refuse(occupant, interface);
  }
  int link = create_link(program_fd, ifindex, XDP_FLAGS_DRV_MODE);
  const int native_error = link;
  // Rights are wanting in either mode, and a busy slot stays busy.
  if (link < 0 && link != -EBUSY && link != -EPERM) {
    link = create_link(program_fd, ifindex, XDP_FLAGS_SKB_MODE);
    mode_ = BUDDYRING_ATTACHED_GENERIC;
  }
  if (link < 0) {
    // Whoever came between the question and the attempt.
    if (const uint32_t occupant = occupant_of(ifindex, interface); occupant != 0) {
      refuse(occupant, interface);
    }
    fail_start("attach to " + interface, link, log.reason(), "check `ip link show dev " + interface + "`");
  }
  link_ = Fd(link);
  if (mode_ == BUDDYRING_ATTACHED_GENERIC) {
    warnings.push_back("XDP runs in generic mode on " + interface +
                       ", slower than native, which the driver refused: " + error_text(native_error));
  }
}

Status XdpAttachment::exchange(int program_fd) {
  if (const int error = bpf_link_update(link_.get(), program_fd, nullptr); error != 0) {
    return Error{ErrorKind::system, "the XDP program cannot be exchanged: " + error_text(error)};
  }
  return Done{};
}

XdpAttachment::~XdpAttachment() {
  // Closing detaches as well, but possibly later, on another thread of the kernel.
  if (link_.valid() && !kept_) {
    bpf_link_detach(link_.get());
  }
}

}  // namespace buddyring
