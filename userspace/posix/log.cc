// SPDX-License-Identifier: Apache-2.0
#include "posix/log.h"

#include <poll.h>
#include <unistd.h>

#include <array>

#include "core/limits.h"

namespace buddyring {
namespace {

// By enum LogLevel.
constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warn", "error"};

bool needs_quotes(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) {
      return true;
    }
  }
  return text.empty();
}

void append_quoted(std::string& line, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  line += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (c == '\n') {
      line += "\\n";
    } else if (byte < ' ' || byte == 0x7f) {
      line += "\\x";
      line += hex[byte >> 4];
      line += hex[byte & 0xf];
    } else {
      line += c;
    }
  }
  line += '"';
}

}  // namespace

Result<LogLevel> parse_log_level(std::string_view text) {
  for (size_t i = 0; i < level_names.size(); ++i) {
    if (level_names[i] == text) {
      return static_cast<LogLevel>(i);
    }
  }
  return Error{ErrorKind::invalid,
               "'" + std::string{text} + "' is no log level; accepted are debug, info, warn and error"};
}

std::string format_log_line(LogLevel level, std::string_view event, const LogField* fields, size_t count, Instant at) {
  std::string line = "ts_ns=" + std::to_string(to_ns(at)) + " level=";
  line += level_names[static_cast<size_t>(level)];
  line += " event=";
  line += event;
  for (size_t i = 0; i < count; ++i) {
    line += ' ';
    line += fields[i].key;
    line += '=';
    const std::string& text = fields[i].value.text();
    if (needs_quotes(text)) {
      append_quoted(line, text);
    } else {
      line += text;
    }
  }
  line += '\n';
  return line;
}

void Log::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields, Instant at) const {
  if (!shows(level)) {
    return;
  }
  std::string line = format_log_line(level, event, fields.begin(), fields.size(), at);
  if (line.size() > limits::log_line_bytes_max) {
    line.resize(limits::log_line_bytes_max);
    line.back() = '\n';
  }
  // Whoever reads our lines may have stopped: where poll sees room, a line of
  // this length does not block, and where it sees none, the line is lost.
  pollfd room{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (::poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0) {
    return;
  }
  // A log that cannot be written has nobody left to be told about it.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace buddyring
