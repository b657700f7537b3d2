// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/metrics_page.h"

#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace buddyring::lab {
namespace {

std::set<std::string> words_in(const std::string& text, const char* pattern) {
  const std::regex word{pattern};
  std::set<std::string> words;
  for (std::sregex_iterator each(text.begin(), text.end(), word), end; each != end; ++each) {
    words.insert((*each)[1]);
  }
  return words;
}

// Of "buddyring_buddy_rtt_seconds_bucket", the family among `metrics` that it belongs to.
std::string family_of(const DescribedMetrics& metrics, const std::string& sample) {
  return metrics.contains(sample) ? sample : sample.substr(0, sample.rfind('_'));
}

}  // namespace

DescribedMetrics documented_metrics() {
  std::ifstream file{"docs/metrics.md"};
  if (!file) {
    throw std::runtime_error("docs/metrics.md cannot be read; run this from the top of the tree");
  }
  const std::regex row{R"(\| `(\w+)` \| (\w+) \|([\w, ]*)\| (.*) \|)"};
  DescribedMetrics metrics;
  std::smatch parts;
  for (std::string line; std::getline(file, line);) {
    if (std::regex_match(line, parts, row)) {
      metrics[parts[1]] = {.type = parts[2], .help = parts[4], .labels = words_in(parts[3], R"((\w+))")};
    }
  }
  return metrics;
}

DescribedMetrics described_metrics(const std::string& page) {
  const std::regex help{R"(# HELP (\w+) (.*))"};
  const std::regex type{R"(# TYPE (\w+) (\w+))"};
  const std::regex sample{R"re((\w+)(\{.*\})? \S+)re"};
  DescribedMetrics metrics;
  std::istringstream lines{page};
  std::smatch parts;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, parts, help)) {
      metrics[parts[1]].help = parts[2];
    } else if (std::regex_match(line, parts, type)) {
      metrics[parts[1]].type = parts[2];
    } else if (std::regex_match(line, parts, sample)) {
      std::set<std::string> labels = words_in(parts[2], R"re([{,](\w+)=")re");
      labels.erase("pool");
      labels.erase("server");
      metrics[family_of(metrics, parts[1])].labels.merge(labels);
    } else {
      throw std::runtime_error("no line of Prometheus' text form: " + line);
    }
  }
  return metrics;
}

}  // namespace buddyring::lab
