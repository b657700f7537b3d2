// SPDX-License-Identifier: Apache-2.0
// The kernel programs against an independent reference, and against the stock
// kernel: see docs/differential.md. Needs root; whatever is attached lives in
// namespaces that end with the process.
#include <gtest/gtest.h>

#include "tests/differential/corpus_test.h"
#include "tests/differential/frames_test.h"
#include "tests/differential/options.h"
#include "tests/lab/sandbox.h"

namespace buddyring::differential {
namespace {

class Differential : public testing::Test {
 public:
  Differential(void (*body)(const Options&), const Options& options) : body_(body), options_(options) {}
  void TestBody() override { body_(options_); }

 private:
  void (*body_)(const Options&);
  Options options_;
};

void add(const char* name, int line, void (*body)(const Options&), const Options& options) {
  testing::RegisterTest("Differential", name, nullptr, nullptr, __FILE__, line,
                        [=]() -> Differential* { return new Differential(body, options); });
}

}  // namespace
}  // namespace buddyring::differential

int main(int count, char** arguments) {
  using namespace buddyring::differential;
  testing::InitGoogleTest(&count, arguments);
  const auto options = parse_options({arguments + 1, arguments + count});
  if (!options) {
    return 2;
  }
  add("Frames", __LINE__, test_frames, *options);
  add("Corpus", __LINE__, test_corpus, *options);
  const buddyring::lab::Sandbox sandbox;
  return RUN_ALL_TESTS();
}
