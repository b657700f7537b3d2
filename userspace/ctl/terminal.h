// SPDX-License-Identifier: Apache-2.0
// Terminal: a full screen by ncurses, and what is typed at it.
#pragma once

#include <span>

#include "core/time.h"
#include "ctl/top_screen.h"
#include "posix/fd.h"

namespace buddyring {

class Terminal {
 public:
  // Takes the screen. Throws Failure when it is none, or of a kind that nobody knows.
  Terminal();
  // Gives it back as it was.
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // It may have become larger or smaller since.
  [[nodiscard]] TopSize size() const;
  // Those that the terminal's character set has.
  [[nodiscard]] std::span<const char* const, 8> bars() const;
  void show(const std::vector<TopLine>& lines);
  enum class Asked : uint8_t { nothing, redraw, end };
  // Waits for a key, another size, `stop` or the time.
  [[nodiscard]] Asked wait(const Fd& stop, Duration time);

 private:
  bool utf8_;
  bool colours_ = false;
  void* screen_;  // ncurses' own
};

}  // namespace buddyring
