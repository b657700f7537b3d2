// SPDX-License-Identifier: Apache-2.0
#include "kernel/traffic_filters.h"

#include <libmnl/libmnl.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <cerrno>
#include <ctime>
#include <memory>

#include "kernel/failure.h"

namespace buddyring {
namespace {

struct CloseSocket {
  void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};

constexpr unsigned priority_shift = 16;         // tcm_info is the priority above the protocol
constexpr uint32_t request_number = 1;          // one request a socket
constexpr size_t dump_bytes = size_t{1} << 15;  // the most that the kernel puts into one part of a dump

int take_program(const nlattr* attribute, void* data) {
  auto& filter = *static_cast<TrafficFilter*>(data);
  if (mnl_attr_get_type(attribute) == TCA_BPF_NAME) {
    filter.name = mnl_attr_get_str(attribute);
  } else if (mnl_attr_get_type(attribute) == TCA_BPF_ID) {
    filter.program_id = mnl_attr_get_u32(attribute);
  }
  return MNL_CB_OK;
}

int take_attribute(const nlattr* attribute, void* data) {
  auto& filter = *static_cast<TrafficFilter*>(data);
  if (mnl_attr_get_type(attribute) == TCA_KIND) {
    filter.kind = mnl_attr_get_str(attribute);
  } else if (mnl_attr_get_type(attribute) == TCA_OPTIONS && filter.kind == "bpf") {
    return mnl_attr_parse_nested(attribute, take_program, data);
  }
  return MNL_CB_OK;
}

int take_filter(const nlmsghdr* message, void* data) {
  const auto* header = static_cast<const tcmsg*>(mnl_nlmsg_get_payload(message));
  TrafficFilter filter;
  filter.handle = header->tcm_handle;
  filter.priority = header->tcm_info >> priority_shift;
  mnl_attr_parse(message, sizeof(tcmsg), take_attribute, &filter);
  // Handle 0 is the list that holds the filters of one priority, not a filter.
  if (filter.handle != 0) {
    static_cast<std::vector<TrafficFilter>*>(data)->push_back(filter);
  }
  return MNL_CB_OK;
}

Error failed(int error) { return Error{ErrorKind::system, "cannot list traffic filters: " + error_text(error)}; }

}  // namespace

std::string TrafficFilter::text() const {
  std::string text = "filter " + (name.empty() ? "without a name" : name) + " (" + kind;
  if (program_id != 0) {
    text += ", program " + std::to_string(program_id);
  }
  return text + ")";
}

Result<std::vector<TrafficFilter>> list_traffic_filters(unsigned ifindex, TrafficSide side) {
  std::vector<char> buffer(dump_bytes);
  nlmsghdr* request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = RTM_GETTFILTER;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request->nlmsg_seq = request_number;
  auto* header = static_cast<tcmsg*>(mnl_nlmsg_put_extra_header(request, sizeof(tcmsg)));
  header->tcm_family = AF_UNSPEC;
  header->tcm_ifindex = static_cast<int>(ifindex);
  header->tcm_parent = TC_H_MAKE(TC_H_CLSACT, side == TrafficSide::ingress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);

  const std::unique_ptr<mnl_socket, CloseSocket> socket(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC));
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0 ||
      mnl_socket_sendto(socket.get(), request, request->nlmsg_len) < 0) {
    return failed(errno);
  }
  std::vector<TrafficFilter> filters;
  for (int more = MNL_CB_OK; more > MNL_CB_STOP;) {
    const ssize_t bytes = mnl_socket_recvfrom(socket.get(), buffer.data(), buffer.size());
    if (bytes < 0) {
      return failed(errno);
    }
    more = mnl_cb_run(buffer.data(), static_cast<size_t>(bytes), request_number, mnl_socket_get_portid(socket.get()),
                      take_filter, &filters);
  }
  return filters;
}

}  // namespace buddyring
