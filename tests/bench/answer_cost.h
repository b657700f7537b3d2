// SPDX-License-Identifier: Apache-2.0
// AnswerCost: what an answer costs the kernel, with a seal and without, and what the least
// that answers an echo does.
//
// Theory of operation. BPF_PROG_TEST_RUN times a run itself. A run turns the probe into its answer,
// so it is not repeated, but done anew with each probe: what is measured begins with caches
// that a system call has been through, and has two readings of the clock in it, which a
// program that lets pass shows nearly alone. The kinds take turns, in
// changing order, so that whatever else the machine does befalls all of them.
#pragma once

#include <cstdint>
#include <memory>

#include "tests/bench/answerer.h"

struct bpf_object;

namespace buddyring::bench {

// Medians in nanoseconds, the readings of the clock included.
struct AnswerCost {
  double passed = 0;  // a frame that is let pass
  double echo = 0;    // an echo by the least that answers
  double plain = 0;   // a probe without a seal
  double sealed = 0;
};

class AnswerTimer {
 public:
  // Throws std::runtime_error. Runs what is not counted first.
  AnswerTimer();

  [[nodiscard]] AnswerCost measure(uint64_t rounds);

 private:
  struct CloseObject {
    void operator()(bpf_object* object) const;
  };

  Answerer answerer_;
  std::unique_ptr<bpf_object, CloseObject> echo_;
  uint64_t number_ = 0;  // of the latest probe: none is answered twice
};

}  // namespace buddyring::bench
