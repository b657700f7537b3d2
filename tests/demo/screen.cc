// SPDX-License-Identifier: Apache-2.0
#include "screen.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "tests/lab/ring.h"

namespace buddyring::demo {
namespace {

constexpr const char* bold = "\033[1m";
constexpr const char* faint = "\033[2m";
constexpr const char* green = "\033[32m";
constexpr const char* red = "\033[31m";
constexpr const char* plain = "\033[0m";

}  // namespace

Screen::Screen() : colours_(isatty(STDOUT_FILENO) == 1) {
  // Each line shows when it is written, also through a pipe.
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
}

std::string Screen::paint(const char* colour, const std::string& text) const {
  return colours_ ? colour + text + plain : text;
}

void Screen::title(const std::string& text) const { std::printf("%s\n", paint(bold, text).c_str()); }

void Screen::step(unsigned number, const std::string& text) const {
  std::printf("\n%s\n", paint(bold, std::to_string(number) + ". " + text).c_str());
}

void Screen::fact(const std::string& name, const std::string& value, const std::string& note) const {
  std::printf("   %-16s %12s   %s\n", name.c_str(), value.c_str(), paint(faint, note).c_str());
}

void Screen::check(bool ok, const std::string& text) const {
  std::printf("   %s %s\n", ok ? paint(green, "ok ").c_str() : paint(red, "OFF").c_str(), text.c_str());
}

void Screen::table(const PoolSnapshot& snapshot) const {
  constexpr const char* row_format = "   %-8s %-14s %-8s %-8s %6s  %s";
  std::array<char, 160> head{};
  std::snprintf(head.data(), head.size(), row_format, "server", "address", "buddy A", "buddy B", "epoch",
                "incarnation");
  std::printf("\n%s\n", paint(faint, head.data()).c_str());
  for (const auto& row : snapshot.servers) {
    std::printf(row_format, row.server.name.c_str(), row.server.address.text().c_str(), row.buddy_a.c_str(),
                row.buddy_b.c_str(), std::to_string(row.epoch).c_str(), std::to_string(row.server.incarnation).c_str());
    std::printf("\n");
  }
  std::printf("   %s\n", paint(faint, "around: " + lab::ring_of(snapshot).text()).c_str());
}

void Screen::verdict(bool ok, const std::string& text) const {
  std::printf("\n%s\n", paint(ok ? green : red, text).c_str());
}

std::string milliseconds_text(Duration duration) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f ms", std::chrono::duration<double, std::milli>(duration).count());
  return text.data();
}

}  // namespace buddyring::demo
