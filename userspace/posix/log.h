// SPDX-License-Identifier: Apache-2.0
// Log: lines of key=value pairs (logfmt) on standard error, for people and for
// machines alike:
//
//   ts_ns=81230044 level=info event=gone server=web-3
//
// Theory of operation. A line is put together whole and written with one
// write(2), so that lines of several threads do not mix. ts_ns is an Instant,
// comparable with the kernel's stamps on the same host. The object is given to
// whoever logs; it holds nothing but its level, so any thread may use it. A line that standard error does not take is
// lost: nothing waits for a log.
#pragma once

#include <atomic>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "core/result.h"
#include "core/time.h"

namespace buddyring {

enum class LogLevel { debug, info, warn, error };

// "debug", "info", "warn" or "error".
[[nodiscard]] Result<LogLevel> parse_log_level(std::string_view text);

// Converts to text what a log line is to show, as implicitly as fields ask for.
class LogValue {
 public:
  LogValue(std::string text) : text_(std::move(text)) {}     // NOLINT(google-explicit-constructor)
  LogValue(std::string_view text) : text_(text) {}           // NOLINT(google-explicit-constructor)
  LogValue(const char* text) : text_(text) {}                // NOLINT(google-explicit-constructor)
  LogValue(bool value) : text_(value ? "true" : "false") {}  // NOLINT(google-explicit-constructor)
  template <class Number>
  // NOLINTNEXTLINE(google-explicit-constructor)
  requires std::is_integral_v<Number> LogValue(Number number) : text_(std::to_string(number)) {}

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

struct LogField {
  std::string_view key;
  LogValue value;
};

// The line with its newline. A value with blanks, quotes, '=' or control
// characters is quoted, and what would break the line is escaped.
[[nodiscard]] std::string format_log_line(LogLevel level, std::string_view event, const LogField* fields, size_t count,
                                          Instant at);

class Log {
 public:
  explicit Log(LogLevel level) : level_(level) {}

  // From now on; any thread may log meanwhile.
  void set_level(LogLevel level) { level_ = level; }
  [[nodiscard]] bool shows(LogLevel level) const { return level >= level_; }

  // Fields in the order given; `at` is the Instant that the event is about.
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields, Instant at) const;

  void debug(std::string_view event, std::initializer_list<LogField> fields, Instant at) const {
    write(LogLevel::debug, event, fields, at);
  }
  void info(std::string_view event, std::initializer_list<LogField> fields, Instant at) const {
    write(LogLevel::info, event, fields, at);
  }
  void warn(std::string_view event, std::initializer_list<LogField> fields, Instant at) const {
    write(LogLevel::warn, event, fields, at);
  }
  void error(std::string_view event, std::initializer_list<LogField> fields, Instant at) const {
    write(LogLevel::error, event, fields, at);
  }

 private:
  std::atomic<LogLevel> level_;
};

}  // namespace buddyring
