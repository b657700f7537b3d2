// SPDX-License-Identifier: Apache-2.0
#include "kernel/libbpf_log.h"

#include <bpf/libbpf.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <sstream>
#include <string_view>

namespace buddyring {
namespace {

constexpr std::string_view prefix = "libbpf: ";
constexpr std::string_view verifier_log_begin = "BEGIN PROG LOAD LOG";
constexpr std::string_view verifier_log_end = "END PROG LOAD LOG";
constexpr std::string_view verifier_statistics = "processed ";
constexpr size_t message_bytes_max = size_t{1} << 20;

struct Innermost {
  LibbpfLog* log = nullptr;
};

// The innermost log of this thread, or none.
LibbpfLog*& current() {
  thread_local Innermost innermost;
  return innermost.log;
}

int print(libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN || current() == nullptr) {
    return 0;
  }
  va_list measured;
  va_copy(measured, arguments);
  const int bytes = std::vsnprintf(nullptr, 0, format, measured);
  va_end(measured);
  if (bytes <= 0 || static_cast<size_t>(bytes) > message_bytes_max) {
    return 0;
  }
  std::string message(static_cast<size_t>(bytes) + 1, '\0');
  std::vsnprintf(message.data(), message.size(), format, arguments);
  message.pop_back();
  current()->take(message);
  return bytes;
}

std::string last_word_of_verifier(const std::string& message) {
  std::istringstream lines(message);
  std::string word;
  for (std::string line; std::getline(lines, line);) {
    const bool telling = !line.empty() && !line.starts_with(verifier_statistics) &&
                         line.find(verifier_log_begin) == std::string::npos &&
                         line.find(verifier_log_end) == std::string::npos;
    if (telling) {
      word = line;
    }
  }
  return word;
}

}  // namespace

LibbpfLog::LibbpfLog() : outer_(current()) {
  libbpf_set_print(print);
  current() = this;
}

LibbpfLog::~LibbpfLog() { current() = outer_; }

std::string LibbpfLog::reason() const { return verifier_word_.empty() ? first_warning_ : verifier_word_; }

void LibbpfLog::take(const std::string& message) {
  if (message.find(verifier_log_begin) != std::string::npos) {
    verifier_word_ = last_word_of_verifier(message);
    return;
  }
  if (!first_warning_.empty()) {
    return;
  }
  std::string_view line = message;
  if (line.starts_with(prefix)) {
    line.remove_prefix(prefix.size());
  }
  first_warning_ = line.substr(0, line.find('\n'));
}

}  // namespace buddyring
