// SPDX-License-Identifier: Apache-2.0
// How many echo requests a second one core generates and has answered, by XDP and by the kernel's own ICMP.
//
// Theory of operation. A veth pair joins two namespaces. A thread that is bound to one core has the
// kernel generate frames at one end; what the other end does with them, and with the answers that
// come back, is done by the same core. Both are sent the same frames, and both ends carry an XDP
// program always, so that frames travel the same way; before the kernel's ICMP it lets pass.
#include "tests/bpf/flood.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "posix/clock.h"
#include "tests/bench/answerer.h"
#include "tests/compare/row.h"
#include "tests/lab/namespace_thread.h"
#include "tests/lab/switch.h"

namespace buddyring::compare {
namespace {

constexpr int core = 1;
constexpr unsigned frames_a_run = 200'000;
constexpr auto sample_time = std::chrono::seconds{2};
constexpr double target = 4;

struct CloseObject {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};

class Flood {
 public:
  explicit Flood(const std::string& object) : object_(bpf_object__open(object.c_str())) {
    if (!object_ || bpf_object__load(object_.get()) != 0) {
      throw std::runtime_error("cannot load " + object);
    }
    // The addresses of both ends are those of tests/kernel/packet.h.
    lab::ip_batch(asking_,
                  "link add eth0 address 02:00:00:00:00:02 type veth peer name eth0 address 02:00:00:00:00:01 netns " +
                      answering_.name() + "\naddr add 10.9.0.2/24 dev eth0\nlink set eth0 up\n");
    lab::ip_batch(answering_,
                  "addr add 10.9.0.1/24 dev eth0\nlink set eth0 up\n"
                  "neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev eth0 nud permanent\n");
    attach(asking_, program("flood_count"));
    answerer_ = answering_.run([] { return std::make_unique<bench::Answerer>(if_nametoindex("eth0")); });
    const uint32_t only = 0;
    const Bytes frame = answerer_->probe(1, false);
    if (frame.size() != FLOOD_FRAME_BYTES || bpf_map_update_elem(map("frame"), &only, frame.data(), BPF_ANY) != 0) {
      throw std::runtime_error("the frame has another length than is expected");
    }
  }

  // Answers a second.
  std::vector<double> by_xdp() { return sample(answerer_->program()); }
  std::vector<double> by_kernel() { return sample(program("flood_pass")); }
  // How many were sent for each that was answered, in the latest sample.
  [[nodiscard]] double sent_an_answer() const { return sent_an_answer_; }

 private:
  [[nodiscard]] int program(const char* name) const {
    return bpf_program__fd(bpf_object__find_program_by_name(object_.get(), name));
  }
  [[nodiscard]] int map(const char* name) const { return bpf_object__find_map_fd_by_name(object_.get(), name); }

  static void attach(lab::NamespaceThread& where, int fd) {
    where.run([fd] {
      if (bpf_xdp_attach(static_cast<int>(if_nametoindex("eth0")), fd, XDP_FLAGS_DRV_MODE, nullptr) != 0) {
        throw std::runtime_error("cannot attach to a veth");
      }
    });
  }

  [[nodiscard]] uint64_t answered() const {
    std::vector<uint64_t> per_cpu(static_cast<size_t>(libbpf_num_possible_cpus()));
    const uint32_t only = 0;
    bpf_map_lookup_elem(map("answers"), &only, per_cpu.data());
    return std::accumulate(per_cpu.begin(), per_cpu.end(), uint64_t{0});
  }

  // Generates frames on the core of the calling thread, in its namespace.
  void generate() const {
    const Bytes frame(FLOOD_FRAME_BYTES);
    xdp_md context{};
    context.data_end = FLOOD_FRAME_BYTES;
    context.ingress_ifindex = if_nametoindex("eth0");
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    options.data_in = frame.data();
    options.data_size_in = static_cast<uint32_t>(frame.size());
    options.ctx_in = &context;
    options.ctx_size_in = sizeof(context);
    options.repeat = frames_a_run;
    options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
    if (bpf_prog_test_run_opts(program("flood_send"), &options) != 0) {
      throw std::runtime_error("this kernel generates no live frames");
    }
  }

  std::vector<double> sample(int answering_program) {
    attach(answering_, answering_program);
    return asking_.run([this] {
      cpu_set_t cores;
      CPU_ZERO(&cores);
      CPU_SET(core, &cores);
      if (::sched_setaffinity(0, sizeof(cores), &cores) != 0) {
        throw std::runtime_error("there is no core " + std::to_string(core));
      }
      const uint64_t before = answered();
      const Instant begin = monotonic_now();
      double sent = 0;
      while (monotonic_now() - begin < sample_time) {
        generate();
        sent += frames_a_run;
      }
      const double seconds = std::chrono::duration<double>(monotonic_now() - begin).count();
      const auto count = static_cast<double>(answered() - before);
      if (count == 0) {
        throw std::runtime_error("no frame was answered");
      }
      sent_an_answer_ = sent / count;
      return std::vector{count / seconds};
    });
  }

  lab::NamespaceThread asking_{"asking"};
  lab::NamespaceThread answering_{"answering"};
  std::unique_ptr<bpf_object, CloseObject> object_;
  std::unique_ptr<bench::Answerer> answerer_;
  double sent_an_answer_ = 0;
};

}  // namespace

std::vector<Result> flood(lab::Lab& lab, const Settings& /*settings*/) {
  Flood stage(lab.bpf_object("flood"));
  double ours_sent = 0;
  double kernel_sent = 0;
  std::vector<Series> series = interleave({{"XDP, probes without a seal",
                                            [&] {
                                              auto sample = stage.by_xdp();
                                              ours_sent = stage.sent_an_answer();
                                              return sample;
                                            }},
                                           {"the kernel's ICMP", [&] {
                                              auto sample = stage.by_kernel();
                                              kernel_sent = stage.sent_an_answer();
                                              return sample;
                                            }}});
  const bool is_met = series[0].median() >= target * series[1].median();
  return {{.name = "flood",
           .title = "answers on one core, which generates the requests, too",
           .unit = "answers a second",
           .series = std::move(series),
           .more_is_better = true,
           .target = "4 times the kernel's ICMP at least",
           .verdict = verdict_of(is_met),
           .note = "requests generated for each answer, in the last samples: " + number_text(ours_sent) + " and " +
                   number_text(kernel_sent) + "; a sealed probe is answered once, so none is repeated here"}};
}

}  // namespace buddyring::compare
