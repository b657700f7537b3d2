// SPDX-License-Identifier: Apache-2.0
#include "tests/compare/machine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>

#include "posix/version.h"

namespace buddyring::compare {
namespace {

// What follows `key` and a colon or an equals sign in a file of such lines; the first.
std::string entry(const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) {
      const size_t value = line.find_first_not_of(" \t:=\"", key.size());
      return value == std::string::npos ? "" : line.substr(value, line.find_last_not_of(" \"") + 1 - value);
    }
  }
  return "unknown";
}

struct ClosePipe {
  void operator()(FILE* pipe) const { ::pclose(pipe); }
};

// "fping 5.1-1, bird2 2.0.12-7": as Debian's packages.
std::string versions(const std::string& packages) {
  const std::string command = "dpkg-query --show --showformat='${Package} ${Version}, ' " + packages + " 2>/dev/null";
  const std::unique_ptr<FILE, ClosePipe> pipe(::popen(command.c_str(), "re"));
  std::string text;
  std::array<char, 512> buffer{};
  while (pipe && std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) {
    text += buffer.data();
  }
  return text.size() < 2 ? text : text.substr(0, text.size() - 2);
}

}  // namespace

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  (void)std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts);
  return text.data();
}

std::vector<Fact> machine() {
  utsname kernel{};
  ::uname(&kernel);
  std::string load;
  std::getline(std::ifstream("/proc/loadavg"), load, ' ');
  return {{"processor", entry("/proc/cpuinfo", "model name")},
          {"cores", std::to_string(::sysconf(_SC_NPROCESSORS_ONLN))},
          {"memory", entry("/proc/meminfo", "MemTotal")},
          {"kernel", static_cast<const char*>(kernel.release)},
          {"system", entry("/etc/os-release", "PRETTY_NAME")},
          {"load before", load},
          {"peers", versions("fping iputils-ping bird2 serf haproxy")},
          {"buddyring", version()}};
}

}  // namespace buddyring::compare
