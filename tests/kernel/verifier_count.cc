// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/verifier_count.h"

#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/features.h"

namespace buddyring {
namespace {

// A kernel gives up at a million. Whoever meets a limit has a loop or a fork in the program
// that multiplies, and should look for it before raising the limit.
const std::map<std::string, unsigned> instructions_max{
    {"buddyring_xdp", 450'000},  {"buddyring_ingress", 450'000},
    {"buddyring_egress", 2'000}, {"buddyring_exit", 2'000},
    {"bare_echo", 200},          {"lossy", 200},
    {"translate_once", 1'000},   {"call_counter", 200},
    {"flood_count", 200},        {"flood_pass", 200},
    {"flood_send", 500},
};

constexpr unsigned log_level_statistics = 4;  // BPF_LOG_STATS of the kernel
constexpr size_t log_bytes = size_t{64} * 1024;

struct CloseObject {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};

// From "processed 1234 insns (limit 1000000) ...", which ends the verifier's log.
std::optional<unsigned> instructions_processed(std::string_view log) {
  constexpr std::string_view before = "processed ";
  const size_t at = log.rfind(before);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  const char* number = log.data() + at + before.size();
  unsigned instructions = 0;
  const auto [end, error] = std::from_chars(number, log.data() + log.size(), instructions);
  return error == std::errc{} ? std::optional(instructions) : std::nullopt;
}

}  // namespace

std::filesystem::path compiled_objects_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "bpf";
}

void expect_within_limits(const std::filesystem::path& path, const std::function<void(bpf_object&)>& prepare) {
  const std::unique_ptr<bpf_object, CloseObject> object(bpf_object__open(path.c_str()));
  ASSERT_TRUE(object) << path;
  prepare(*object);
  std::map<std::string, std::vector<char>> logs;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object.get()) {
    if (bpf_program__autoload(program)) {
      auto& log = logs[bpf_program__name(program)];
      log.resize(log_bytes);
      ASSERT_EQ(bpf_program__set_log_level(program, log_level_statistics), 0);
      ASSERT_EQ(bpf_program__set_log_buf(program, log.data(), log.size()), 0);
    }
  }
  EXPECT_FALSE(logs.empty()) << path << " has no program";
  EXPECT_EQ(bpf_object__load(object.get()), 0) << path;
  for (const auto& [name, log] : logs) {
    const auto instructions = instructions_processed(log.data());
    ASSERT_TRUE(instructions) << name << " of " << path << ": " << log.data();
    ASSERT_TRUE(instructions_max.contains(name)) << name << " of " << path << " has no limit in this file";
    const unsigned limit = instructions_max.at(name);
    std::printf("verifier: kernel %s object %s program %s instructions %u limit %u\n", kernel_release().c_str(),
                path.stem().stem().c_str(), name.c_str(), *instructions, limit);
    EXPECT_LE(*instructions, limit) << name;
  }
}

}  // namespace buddyring
