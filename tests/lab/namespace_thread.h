// SPDX-License-Identifier: Apache-2.0
// NamespaceThread: a network namespace and the thread that lives in it.
//
// Theory of operation. The thread makes the namespace (unshare), names it under
// /run/netns for `ip -n` and then runs whatever run() hands it: opening a
// socket, setting a link down, forking a process. All of that happens in the
// namespace without a setns anywhere. Processes forked here ask to be killed
// when this thread ends, so a namespace cannot leave one behind; and since
// /run/netns is a tmpfs of the lab's own, neither can a lab leave a namespace.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

namespace buddyring::lab {

class NamespaceThread {
 public:
  // Throws std::system_error. REQUIRES a Sandbox (/run/netns of our own).
  explicit NamespaceThread(std::string name);
  ~NamespaceThread();
  NamespaceThread(const NamespaceThread&) = delete;
  NamespaceThread& operator=(const NamespaceThread&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }

  // Runs `work` in the namespace and returns its result; exceptions come back too.
  template <class Work>
  std::invoke_result_t<Work> run(Work work) {
    if (std::this_thread::get_id() == thread_.get_id()) {
      return work();
    }
    auto task = std::make_shared<std::packaged_task<std::invoke_result_t<Work>()>>(std::move(work));
    auto result = task->get_future();
    post([task] { (*task)(); });
    return result.get();
  }

 private:
  void post(std::function<void()> work);
  void enter();
  void serve();

  std::string name_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool ending_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace buddyring::lab
