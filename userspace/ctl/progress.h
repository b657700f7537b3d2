// SPDX-License-Identifier: Apache-2.0
// Progress: tells whoever sits at a terminal that a command is still at it.
//
// Theory of operation. What makes a command last is always one call that blocks: the server table
// is large, locked or out of reach, or an agent has to act first. While such a call goes on a
// thread rewrites one line of standard error each second, from the first full second on, and takes it
// away again at the end, before anything else is printed. Where standard error is no terminal
// there is neither thread nor line, so that logs and scripts see none of it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace buddyring {

class Progress {
 public:
  // `what` goes on, such as "verify".
  explicit Progress(std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void tell(const std::stop_token& stop);

  std::string what_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread teller_;  // the last, for it uses the others
};

// What `call` returns, with its progress shown.
template <class Call>
[[nodiscard]] auto waiting_for(const char* what, Call&& call) {
  const Progress progress(what);
  return std::forward<Call>(call)();
}

}  // namespace buddyring
