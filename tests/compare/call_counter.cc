// SPDX-License-Identifier: Apache-2.0
#include "tests/compare/call_counter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <numeric>
#include <stdexcept>

#include "tests/bpf/call_counter.h"

namespace buddyring::compare {

void CallCounter::CloseObject::operator()(bpf_object* object) const { bpf_object__close(object); }
void CallCounter::CloseLink::operator()(bpf_link* link) const { bpf_link__destroy(link); }

CallCounter::CallCounter(const std::string& object, const std::vector<pid_t>& processes)
    : object_(bpf_object__open(object.c_str())) {
  if (!object_ || bpf_object__load(object_.get()) != 0) {
    throw std::runtime_error("cannot load " + object);
  }
  const int watched = bpf_object__find_map_fd_by_name(object_.get(), "processes");
  calls_ = bpf_object__find_map_fd_by_name(object_.get(), "calls");
  for (const pid_t process : processes) {
    const uint32_t set = 1;
    if (bpf_map_update_elem(watched, &process, &set, BPF_ANY) != 0) {
      throw std::runtime_error("cannot count the calls of so many processes");
    }
  }
  link_.reset(bpf_program__attach(bpf_object__find_program_by_name(object_.get(), "call_counter")));
  if (!link_) {
    throw std::runtime_error("cannot attach to the tracepoint sys_enter");
  }
}

CallCounter::~CallCounter() = default;

std::map<uint64_t, uint64_t> CallCounter::by_number(pid_t process) const {
  std::map<uint64_t, uint64_t> found;
  counted_call key{};
  const counted_call* before = nullptr;
  counted_call last{};
  while (bpf_map_get_next_key(calls_, before, &key) == 0) {
    uint64_t count = 0;
    if (key.process == static_cast<uint32_t>(process) && bpf_map_lookup_elem(calls_, &key, &count) == 0) {
      found[key.number] += count;
    }
    last = key;
    before = &last;
  }
  return found;
}

uint64_t CallCounter::calls(pid_t process) const {
  const auto all = by_number(process);
  return std::accumulate(all.begin(), all.end(), uint64_t{0},
                         [](uint64_t sum, const auto& entry) { return sum + entry.second; });
}

}  // namespace buddyring::compare
