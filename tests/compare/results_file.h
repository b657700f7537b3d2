// SPDX-License-Identifier: Apache-2.0
// ResultsFile: what was measured, for programs: results.json.
//
// Theory of operation. It is written anew after each row, so that a run that is ended early
// leaves what it had. A run of single rows replaces these in the file and keeps the
// others: each row tells when it was measured.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/compare/machine.h"
#include "tests/compare/result.h"

namespace buddyring::compare {

// How often ours is better than a peer, by the medians; below 1 it is worse.
struct Comparison {
  std::string title;
  std::string peer;
  double times_better = 0;
};

class ResultsFile {
 public:
  // In this folder, which is made. With `keep`, what is there stays until it is replaced.
  // Throws std::runtime_error when it cannot be written, or what is there cannot be read.
  ResultsFile(const std::string& folder, const std::vector<Fact>& machine, bool keep);
  ~ResultsFile();
  ResultsFile(const ResultsFile&) = delete;
  ResultsFile& operator=(const ResultsFile&) = delete;

  void put(const Result& result);
  // Of all results that it has now, where neither median is 0.
  [[nodiscard]] std::vector<Comparison> comparisons() const;

 private:
  struct Document;
  void write() const;

  std::string path_;
  std::unique_ptr<Document> document_;
};

}  // namespace buddyring::compare
