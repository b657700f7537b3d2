// SPDX-License-Identifier: Apache-2.0
// LibbpfLog: what libbpf would print, kept instead, for as long as it lives.
//
// Theory of operation. libbpf has one print function for the whole process and
// passes it no context. It is set to ours, which gives each line to the log
// that lives on the calling thread and swallows it where none does: nothing of
// libbpf's reaches the terminal raw.
#pragma once

#include <string>

namespace buddyring {

class LibbpfLog {
 public:
  LibbpfLog();
  ~LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;

  // The line that explains the failure best: the verifier's last word when it
  // refused, else the first warning. Empty when there was none.
  [[nodiscard]] std::string reason() const;

  // Takes one message as libbpf has formatted it, of one or many lines.
  void take(const std::string& message);

 private:
  LibbpfLog* outer_;
  std::string first_warning_;
  std::string verifier_word_;
};

}  // namespace buddyring
