// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/answer_cost.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include "tests/lab/median.h"

namespace buddyring::bench {
namespace {

constexpr uint64_t first_rounds = 2'000;  // are not counted

struct Kind {
  int program;
  Bytes frame;
  uint32_t action;
};

double run_ns(const Kind& kind) {
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.data_in = kind.frame.data();
  options.data_size_in = static_cast<uint32_t>(kind.frame.size());
  options.repeat = 1;
  if (bpf_prog_test_run_opts(kind.program, &options) != 0 || options.retval != kind.action) {
    throw std::runtime_error("a program did not do with a frame what it is to do");
  }
  return options.duration;
}

}  // namespace

void AnswerTimer::CloseObject::operator()(bpf_object* object) const { bpf_object__close(object); }

AnswerTimer::AnswerTimer() {
  const auto path = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "bpf/bare_echo.bpf.o";
  echo_.reset(bpf_object__open(path.c_str()));
  if (!echo_ || bpf_object__load(echo_.get()) != 0) {
    throw std::runtime_error("cannot load " + path.string());
  }
  static_cast<void>(measure(first_rounds));
}

AnswerCost AnswerTimer::measure(uint64_t rounds) {
  const int bare = bpf_program__fd(bpf_object__find_program_by_name(echo_.get(), "bare_echo"));
  const Bytes others = Packet::request().ether_type(0x0806).frame();
  std::array<std::vector<double>, 4> took_ns;
  for (uint64_t round = 0; round < rounds; ++round) {
    const Bytes unsealed = answerer_.probe(++number_, false);
    const std::array<Kind, 4> kinds{{{bare, others, XDP_PASS},
                                     {bare, unsealed, XDP_TX},
                                     {answerer_.program(), unsealed, XDP_TX},
                                     {answerer_.program(), answerer_.probe(number_, true), XDP_TX}}};
    for (size_t i = 0; i < kinds.size(); ++i) {
      const size_t kind = (round + i) % kinds.size();
      took_ns.at(kind).push_back(run_ns(kinds.at(kind)));
    }
  }
  std::array<double, 4> medians{};
  std::ranges::transform(took_ns, medians.begin(), lab::median);
  const auto [passed, echo, plain, sealed] = medians;
  return {.passed = passed, .echo = echo, .plain = plain, .sealed = sealed};
}

}  // namespace buddyring::bench
