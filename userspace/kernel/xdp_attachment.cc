// SPDX-License-Identifier: Apache-2.0
#include "kernel/xdp_attachment.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include <cerrno>

#include "kernel/failure.h"
#include "kernel/libbpf_log.h"
#include "kernel/pins.h"
#include "kernel/program_owner.h"
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

[[noreturn]] std::string refuse(uint32_t occupant, const std::string& interface) {
  throw StartupError("cannot attach to " + interface + ": its XDP slot is taken by " + program_text(occupant) +
                     "; stop what attached it or remove it with `ip link set dev " + interface +
                     " xdp off` (`buddyd --detach` for what an agent left), or attach behind it with --attach tc");
}

bool is_of(uint32_t program_id, Identity server) {
  const auto owner = owner_of(program_id);
  return owner && owner->identity == server;
}

int create_link(int program_fd, unsigned ifindex, uint32_t flags) {
  bpf_link_create_opts options{};
  options.sz = sizeof(options);
  options.flags = flags;
  return bpf_link_create(program_fd, static_cast<int>(ifindex), BPF_XDP, &options);
}

}  // namespace

XdpAttachment::XdpAttachment(unsigned ifindex, const std::string& interface, PinDirectory& pins)
    : ifindex_(ifindex), interface_(interface), pin_name_(pins::xdp_link_on(ifindex)), pins_(pins) {
  Fd link(bpf_obj_get((pins.path() + "/" + pin_name_).c_str()));
  bpf_link_info info{};
  uint32_t info_bytes = sizeof(info);
  if (!link.valid() || bpf_obj_get_info_by_fd(link.get(), &info, &info_bytes) != 0) {
    return;
  }
  // An index alone may be that of another network namespace's interface.
  const auto slot = query_slot(ifindex, interface);
  if (info.xdp.ifindex != ifindex || slot.prog_id != info.prog_id) {
    bpf_link_detach(link.get());
    pins.unpin(pin_name_);
    return;
  }
  link_ = std::move(link);
  mode_ = slot.attach_mode == XDP_ATTACHED_SKB ? BUDDYRING_ATTACHED_GENERIC : BUDDYRING_ATTACHED_NATIVE;
}

std::string XdpAttachment::attach(int program_fd, AttachMode mode, Identity self, std::vector<std::string>& warnings) {
  const LibbpfLog log;
  const bool automatic = mode == AttachMode::automatic;
  if (const uint32_t occupant = occupant_of(ifindex_, interface_); occupant != 0) {
    return automatic && !is_of(occupant, self) ? program_text(occupant) : refuse(occupant, interface_);
  }
  int link = -EOPNOTSUPP;
  if (mode != AttachMode::generic) {
    link = create_link(program_fd, ifindex_, XDP_FLAGS_DRV_MODE);
    mode_ = BUDDYRING_ATTACHED_NATIVE;
  }
  const int native_error = link;
  // Rights are wanting in either mode, and a busy slot stays busy.
  if (link < 0 && mode != AttachMode::native && link != -EBUSY && link != -EPERM) {
    link = create_link(program_fd, ifindex_, XDP_FLAGS_SKB_MODE);
    mode_ = BUDDYRING_ATTACHED_GENERIC;
  }
  if (link < 0) {
    // Whoever came between the question and the attempt.
    if (const uint32_t occupant = occupant_of(ifindex_, interface_); occupant != 0) {
      return automatic && !is_of(occupant, self) ? program_text(occupant) : refuse(occupant, interface_);
    }
    fail_start("attach to " + interface_, link, log.reason(),
               mode == AttachMode::native ? "give --attach auto, for another way where the driver has no native XDP"
                                          : "check `ip link show dev " + interface_ + "`");
  }
  link_ = Fd(link);
  if (automatic && mode_ == BUDDYRING_ATTACHED_GENERIC) {
    warnings.push_back("XDP runs in generic mode on " + interface_ +
                       ", slower than native, which the driver refused: " + error_text(native_error));
  }
  pins_.pin(link_.get(), pin_name_);
  return "";
}

void XdpAttachment::release() {
  bpf_link_detach(link_.get());
  link_.reset();
  pins_.unpin(pin_name_);
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
