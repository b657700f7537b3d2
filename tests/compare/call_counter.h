// SPDX-License-Identifier: Apache-2.0
// CallCounter: how many system calls processes make, counted in the kernel.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct bpf_link;
struct bpf_object;

namespace buddyring::compare {

class CallCounter {
 public:
  // Of these processes, from now on; process ids as the first PID namespace has them. Throws
  // std::runtime_error.
  CallCounter(const std::string& object, const std::vector<pid_t>& processes);
  ~CallCounter();
  CallCounter(const CallCounter&) = delete;
  CallCounter& operator=(const CallCounter&) = delete;

  // So far, of all threads of the process.
  [[nodiscard]] uint64_t calls(pid_t process) const;
  // The same by the number of the call.
  [[nodiscard]] std::map<uint64_t, uint64_t> by_number(pid_t process) const;

 private:
  struct CloseObject {
    void operator()(bpf_object* object) const;
  };
  struct CloseLink {
    void operator()(bpf_link* link) const;
  };

  std::unique_ptr<bpf_object, CloseObject> object_;
  std::unique_ptr<bpf_link, CloseLink> link_;
  int calls_ = -1;
};

}  // namespace buddyring::compare
