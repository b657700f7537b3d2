// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/corpus_test.h"

#include <gtest/gtest.h>
#include <net/if.h>

#include <iostream>
#include <memory>
#include <numeric>
#include <sstream>

#include "kernel/kernel_path.h"
#include "posix/clock.h"
#include "tests/differential/answers.h"
#include "tests/differential/corpus.h"
#include "tests/differential/udp_answer.h"
#include "tests/differential/wire.h"

namespace buddyring::differential {
namespace {

constexpr const char* bpffs = "/sys/fs/bpf/";  // each agent has pins of its own
constexpr const char* pool = "web";
constexpr const char* server = "asked";
constexpr size_t unexplained_told = 20;

// A wire whose host runs an agent's kernel programs for the address of one family, at one
// hook: a live member that watches the peer.
class AttestedWire {
 public:
  AttestedWire(const std::string& name, bool is_v6, AttachMode attach) : wire_(name) {
    wire_.host().run([&] {
      const Cast& cast = cast_of(is_v6);
      path_ = std::make_unique<KernelPath>(KernelPath::Options{.pin_root = std::string(bpffs) + name,
                                                               .pool = pool,
                                                               .server = server,
                                                               .links = {{"v0", if_nametoindex("v0")}},
                                                               .address = Address::from_bytes(ip_of(cast.host)),
                                                               .probe_port = probe_port,
                                                               .attach = attach});
      path_->set_self(7, 3, true);
      path_->renew_lease(monotonic_now() + std::chrono::hours{1});
      const Status watched =
          path_->watch(0, {.name = "peer", .address = Address::from_bytes(ip_of(cast.peer))}, WatchRole::buddy);
      ASSERT_TRUE(watched.ok());
      ASSERT_EQ(path_->mode(), attach == AttachMode::tc ? BUDDYRING_ATTACHED_TC : BUDDYRING_ATTACHED_NATIVE);
    });
  }
  ~AttestedWire() {
    wire_.host().run([this] { path_.reset(); });
  }
  AttestedWire(const AttestedWire&) = delete;
  AttestedWire& operator=(const AttestedWire&) = delete;

  std::vector<Bytes> ask(const Request& request) { return wire_.ask(request.frames, request.is_v6); }

 private:
  Wire wire_;
  std::unique_ptr<KernelPath> path_;
};

struct CorpusTally {
  uint64_t requests = 0;
  uint64_t both = 0;
  uint64_t neither = 0;
  std::array<uint64_t, ours_alone_reasons> ours_alone{};
  LeewayCounts leeway{};
  uint64_t unexplained = 0;

  void print() const {
    std::cout << requests << " requests, at either hook: answered by both " << both << ", by neither " << neither
              << ", by ours alone " << std::accumulate(ours_alone.begin(), ours_alone.end(), uint64_t{0})
              << ", unexplained " << unexplained << '\n';
    for (size_t i = 0; i < leeway.size(); ++i) {
      std::cout << "  differs in " << name_of(static_cast<Leeway>(i)) << ": " << leeway.at(i) << '\n';
    }
    for (size_t i = 1; i < ours_alone.size(); ++i) {
      std::cout << "  ours alone, " << name_of(static_cast<OursAlone>(i)) << ": " << ours_alone.at(i) << '\n';
    }
  }
};

// What is not as it should be, or nothing.
std::string judge_answers(const Request& request, const std::vector<Bytes>& ours, const std::vector<Bytes>& stocks,
                          CorpusTally& tally) {
  if (request.ours_alone == OursAlone::udp_probe) {
    ++tally.ours_alone.at(static_cast<size_t>(OursAlone::udp_probe));
    return judge_udp_answer(request.frames.front(), ours, stocks);
  }
  if (ours.empty() && stocks.empty()) {
    ++tally.neither;
    return {};
  }
  if (ours.empty()) {
    return "the stock kernel alone answers\n";
  }
  if (!stocks.empty()) {
    ++tally.both;
    return compare_answers(ours, stocks, request.is_probe, tally.leeway);
  }
  if (request.ours_alone == OursAlone::no) {
    return "the kernel with our programs alone answers\n" + hexdump(ours.front()) + '\n';
  }
  ++tally.ours_alone.at(static_cast<size_t>(request.ours_alone));
  return {};
}

std::string tell(const Request& request, const char* hook, const std::string& difference, uint64_t seed) {
  std::ostringstream text;
  text << request.name << ", at " << hook << ": " << difference;
  for (const Bytes& frame : request.frames) {
    text << "  the request\n" << hexdump(frame) << '\n';
  }
  text << "  replay: build/tests/differential --gtest_filter=Differential.Corpus --seed=" << seed << '\n';
  return text.str();
}

}  // namespace

void test_corpus(const Options& options) {
  Wire stock("stock");
  // Two agents of one name, so that a probe for one is a probe for the other.
  AttestedWire ipv4("four", false, AttachMode::native);
  AttestedWire ipv6("six", true, AttachMode::native);
  AttestedWire ipv4_at_tc("four-tc", false, AttachMode::tc);
  AttestedWire ipv6_at_tc("six-tc", true, AttachMode::tc);
  CorpusTally tally;
  std::cout << "seed " << options.seed << '\n';
  for (const Request& request : make_corpus(options.seed, identity_of(pool, server))) {
    ++tally.requests;
    const auto stocks = stock.ask(request.frames, request.is_v6);
    const auto judge_host = [&](AttestedWire& host, const char* hook) {
      const std::string difference = judge_answers(request, host.ask(request), stocks, tally);
      if (!difference.empty() && ++tally.unexplained <= unexplained_told) {
        ADD_FAILURE() << tell(request, hook, difference, options.seed);
      }
    };
    judge_host(request.is_v6 ? ipv6 : ipv4, "XDP");
    judge_host(request.is_v6 ? ipv6_at_tc : ipv4_at_tc, "tc ingress");
  }
  tally.print();
  EXPECT_EQ(tally.unexplained, 0U);
}

}  // namespace buddyring::differential
