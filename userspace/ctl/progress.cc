// SPDX-License-Identifier: Apache-2.0
#include "ctl/progress.h"

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <utility>

namespace buddyring {

Progress::Progress(std::string what) : what_(std::move(what)) {
  if (::isatty(STDERR_FILENO) != 0) {
    teller_ = std::jthread([this](const std::stop_token& stop) { tell(stop); });
  }
}

Progress::~Progress() = default;

void Progress::tell(const std::stop_token& stop) {
  size_t width = 0;
  std::unique_lock lock(mutex_);
  for (unsigned seconds = 1;
       !wake_.wait_for(lock, stop, std::chrono::seconds{1}, [&] { return stop.stop_requested(); }); ++seconds) {
    const std::string line = what_ + ": not done after " + std::to_string(seconds) + " s";
    width = line.size();
    std::cerr << '\r' << line << std::flush;
  }
  std::cerr << (width == 0 ? "" : '\r' + std::string(width, ' ') + '\r') << std::flush;
}

}  // namespace buddyring
