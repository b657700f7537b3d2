// SPDX-License-Identifier: Apache-2.0
#include "tests/compare/result.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace buddyring::compare {

std::string word_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::met:
      return "met";
    case Verdict::missed:
      return "missed";
    case Verdict::shown:
      return "no target";
    case Verdict::not_run:
      return "not run";
    case Verdict::failed:
      return "failed";
  }
  return "";
}

std::string number_text(double value) {
  std::array<char, 32> text{};
  const double size = std::fabs(value);
  const int decimals = size >= 1000 || value == 0 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4;
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

}  // namespace buddyring::compare
