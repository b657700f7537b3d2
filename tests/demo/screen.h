// SPDX-License-Identifier: Apache-2.0
// Screen: the demo's terminal output. Plain text, aligned; colour only on a terminal.
#pragma once

#include <string>
#include <vector>

#include "core/time.h"
#include "registry/client.h"

namespace buddyring::demo {

class Screen {
 public:
  Screen();

  void title(const std::string& text) const;
  void step(unsigned number, const std::string& text) const;
  // "   to verdict     31.2 ms   by s2 ..."
  void fact(const std::string& name, const std::string& value, const std::string& note = "") const;
  void check(bool ok, const std::string& text) const;
  void table(const PoolSnapshot& snapshot) const;
  void verdict(bool ok, const std::string& text) const;

 private:
  [[nodiscard]] std::string paint(const char* colour, const std::string& text) const;

  bool colours_;
};

// "31.2 ms"
[[nodiscard]] std::string milliseconds_text(Duration duration);

}  // namespace buddyring::demo
