// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/card.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>

#include "posix/startup_error.h"
#include "tests/lab/process.h"
#include "tests/lab/switch.h"

namespace buddyring {

std::string lossy_object() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "bpf/lossy.bpf.o";
}

Card::Card() {
  lab::ip_batch(where_,
                "link set lo up\nlink add v0 type veth peer name v1\n"
                "addr add 10.9.0.1/24 dev v0\nlink set v0 up\nlink set v1 up\n");
}

unsigned Card::index_of(const std::string& interface) {
  return where_.run([&] { return if_nametoindex(interface.c_str()); });
}

KernelPath::Options Card::options(const std::string& interface, const std::string& server) {
  return {.pin_root = pin_root,
          .pool = "web",
          .server = server,
          .links = {{.interface = interface, .ifindex = index_of(interface)}},
          .address = Address::parse("10.9.0.1").value()};
}

Attached attach_inside(lab::NamespaceThread& where, const KernelPath::Options& options) {
  return {where.run([&] { return new KernelPath(options); }), DetachInside{&where}};
}

Attached Card::attach(const KernelPath::Options& options) { return attach_inside(where_, options); }

std::string Card::refusal(const KernelPath::Options& options) {
  try {
    const auto attached = attach(options);
  } catch (const StartupError& error) {
    std::string line = error.what();
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    return line;
  }
  ADD_FAILURE() << "attached";
  return {};
}

void Card::attach_and_kill(const KernelPath::Options& options, const Meanwhile& meanwhile) {
  where_.run([&] {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    const Fd reader(ends[0]);
    Fd writer(ends[1]);
    const pid_t child = fork();
    if (child == 0) {
      try {
        KernelPath attached(options);
        meanwhile(attached);
        (void)!write(writer.get(), "+", 1);
        pause();
      } catch (const StartupError& error) {
        (void)!write(writer.get(), "-", 1);
      }
      _exit(1);
    }
    writer.reset();
    char said = 0;
    EXPECT_EQ(read(reader.get(), &said, 1), 1);
    EXPECT_EQ(said, '+');
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  });
}

std::string Card::run(const std::vector<std::string>& command) {
  const auto done = lab::run_to_end(where_, {.argv = command});
  EXPECT_EQ(done.exit, lab::Exit{.code = 0}) << command.front() << ": " << done.err;
  return done.out;
}

uint32_t Card::xdp_program(const std::string& interface) {
  const auto index = static_cast<int>(index_of(interface));
  return where_.run([&] {
    uint32_t id = 0;
    EXPECT_EQ(bpf_xdp_query_id(index, 0, &id), 0);
    return id;
  });
}

bool Card::has_clsact(const std::string& interface) {
  return run({"tc", "qdisc", "show", "dev", interface}).find("clsact") != std::string::npos;
}

std::vector<TrafficFilter> Card::egress_filters(const std::string& interface) {
  const unsigned index = index_of(interface);
  return where_.run([&] { return list_traffic_filters(index, TrafficSide::egress).value(); });
}

std::vector<TrafficFilter> Card::ingress_filters(const std::string& interface) {
  const unsigned index = index_of(interface);
  return where_.run([&] { return list_traffic_filters(index, TrafficSide::ingress).value(); });
}

void Card::expect_nothing_left(const std::string& interface) {
  EXPECT_EQ(xdp_program(interface), 0U);
  EXPECT_FALSE(has_clsact(interface));
  EXPECT_FALSE(std::filesystem::exists(pin_root));
}

void Card::attach_foreign_filter(const std::string& name, uint32_t handle, uint32_t priority) {
  const std::array<bpf_insn, 2> do_nothing{{
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = -1},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
  }};
  const Fd program(
      bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, name.c_str(), "GPL", do_nothing.data(), do_nothing.size(), nullptr));
  ASSERT_TRUE(program.valid());
  const auto index = static_cast<int>(index_of("v0"));
  where_.run([&] {
    bpf_tc_hook hook{};
    hook.sz = sizeof(hook);
    hook.ifindex = index;
    hook.attach_point = BPF_TC_EGRESS;
    (void)bpf_tc_hook_create(&hook);
    bpf_tc_opts place{};
    place.sz = sizeof(place);
    place.prog_fd = program.get();
    place.handle = handle;
    place.priority = priority;
    EXPECT_EQ(bpf_tc_attach(&hook, &place), 0);
  });
}

}  // namespace buddyring
