// SPDX-License-Identifier: Apache-2.0
#include "ctl/terminal.h"

// The widechar functions are not needed; texts of several bytes are, which ncursesw writes.
#include <curses.h>
#include <langinfo.h>
#include <poll.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstring>

#include "ctl/exit_status.h"

namespace buddyring {
namespace {

// Of colour pairs, by enum Tone; 0 is the terminal's own.
constexpr short good_pair = 1;
constexpr short warning_pair = 2;
constexpr short bad_pair = 3;

attr_t attributes_of(Tone tone, bool colours) {
  switch (tone) {
    case Tone::plain:
      break;
    case Tone::heading:
      return A_BOLD;
    case Tone::good:
      return colours ? COLOR_PAIR(good_pair) : A_NORMAL;
    case Tone::warning:
      return colours ? COLOR_PAIR(warning_pair) : A_BOLD;
    case Tone::bad:
      return (colours ? COLOR_PAIR(bad_pair) : A_REVERSE) | A_BOLD;
  }
  return A_NORMAL;
}

}  // namespace

Terminal::Terminal() {
  std::setlocale(LC_CTYPE, "");
  utf8_ = std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0;
  screen_ = ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0 ? ::newterm(nullptr, stdout, stdin) : nullptr;
  if (screen_ == nullptr) {
    throw Failure(ExitStatus::failure,
                  "top needs a terminal of a kind that ncurses knows (TERM); buddyctl status shows the same once");
  }
  ::cbreak();
  ::noecho();
  ::nodelay(stdscr, TRUE);
  ::keypad(stdscr, TRUE);
  ::curs_set(0);
  if (::has_colors() && ::start_color() == OK && ::use_default_colors() == OK) {
    colours_ = true;
    ::init_pair(good_pair, COLOR_GREEN, -1);
    ::init_pair(warning_pair, COLOR_YELLOW, -1);
    ::init_pair(bad_pair, COLOR_RED, -1);
  }
}

Terminal::~Terminal() {
  ::endwin();
  ::delscreen(static_cast<SCREEN*>(screen_));
}

TopSize Terminal::size() const {
  return {.columns = static_cast<size_t>(getmaxx(stdscr)), .rows = static_cast<size_t>(getmaxy(stdscr))};
}

std::span<const char* const, 8> Terminal::bars() const { return utf8_ ? bars_utf8 : bars_ascii; }

void Terminal::show(const std::vector<TopLine>& lines) {
  ::erase();
  for (size_t row = 0; row < lines.size(); ++row) {
    ::attrset(attributes_of(lines[row].tone, colours_));
    mvaddstr(static_cast<int>(row), 0, lines[row].text.c_str());
  }
  ::attrset(A_NORMAL);
  ::refresh();
}

Terminal::Asked Terminal::wait(const Fd& stop, Duration time) {
  pollfd ready[]{{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                 {.fd = stop.get(), .events = POLLIN, .revents = 0}};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(time);
  // A change of size interrupts it, too: ncurses handles that signal.
  static_cast<void>(::poll(ready, std::size(ready), static_cast<int>(left.count())));
  if (ready[1].revents != 0 || (ready[0].revents & (POLLHUP | POLLERR)) != 0) {
    return Asked::end;
  }
  for (int key = ::getch(); key != ERR; key = ::getch()) {
    if (key == 'q' || key == 'Q') {
      return Asked::end;
    }
    if (key == KEY_RESIZE) {
      return Asked::redraw;
    }
  }
  return Asked::nothing;
}

}  // namespace buddyring
