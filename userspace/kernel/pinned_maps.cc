// SPDX-License-Identifier: Apache-2.0
#include "kernel/pinned_maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <numeric>
#include <optional>
#include <system_error>

#include "kernel/failure.h"
#include "kernel/libbpf_log.h"
#include "kernel/pins.h"
#include "posix/fd.h"

namespace buddyring {
namespace {

namespace fs = std::filesystem;

Error failed(const std::string& path, int error) {
  const bool denied = error == EACCES || error == EPERM;
  const bool absent = error == ENOENT;
  const auto kind = denied ? ErrorKind::access_denied : absent ? ErrorKind::not_found : ErrorKind::system;
  const char* cure = denied   ? "run as root"
                     : absent ? "is buddyd running on this host, and bpffs mounted?"
                              : "restart buddyd";
  return Error{kind, "cannot read " + path + ": " + error_text(error) + "; " + cure};
}

// Opens the pinned map when its values have the size that the contract says.
Result<Fd> open_map(const std::string& path, size_t value_bytes, size_t entries) {
  Fd map(bpf_obj_get(path.c_str()));
  if (!map.valid()) {
    return failed(path, errno);
  }
  bpf_map_info info{};
  uint32_t info_bytes = sizeof(info);
  if (bpf_obj_get_info_by_fd(map.get(), &info, &info_bytes) != 0) {
    return failed(path, errno);
  }
  if (info.value_size != value_bytes || info.max_entries != entries) {
    return Error{ErrorKind::wrong_version,
                 path + " has another layout than this program knows; use the version that buddyd has"};
  }
  return map;
}

// Nothing when all went well.
template <class Entry>
std::optional<Error> read_entries(const std::string& path, Entry* entries, size_t count) {
  const auto map = open_map(path, sizeof(Entry), count);
  if (!map) {
    return map.error();
  }
  for (uint32_t key = 0; key < count; ++key) {
    if (bpf_map_lookup_elem(map.value().get(), &key, entries + key) != 0) {
      return failed(path, errno);
    }
  }
  return std::nullopt;
}

std::optional<Error> read_verdicts(const std::string& path, std::array<uint64_t, BUDDYRING_VERDICTS>& sums) {
  const auto map = open_map(path, sizeof(uint64_t), sums.size());
  if (!map) {
    return map.error();
  }
  const int cpus = libbpf_num_possible_cpus();
  if (cpus < 0) {
    return failed(path, -cpus);
  }
  std::vector<uint64_t> per_cpu(static_cast<size_t>(cpus));
  for (uint32_t key = 0; key < sums.size(); ++key) {
    if (bpf_map_lookup_elem(map.value().get(), &key, per_cpu.data()) != 0) {
      return failed(path, errno);
    }
    sums[key] = std::accumulate(per_cpu.begin(), per_cpu.end(), uint64_t{0});
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<std::string>> list_pinned(const std::string& pin_root) {
  const std::string path = pin_root + "/" + BUDDYRING_PIN_DIRECTORY;
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return failed(path, error.value());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<PinnedMaps> read_pinned(const std::string& pin_root, const std::string& directory_name) {
  const LibbpfLog log;
  PinnedMaps read;
  read.directory = pin_root + "/" + BUDDYRING_PIN_DIRECTORY + "/" + directory_name;
  std::error_code ignored;
  if (!fs::exists(read.directory, ignored)) {
    if (const auto versions = other_versions(pin_root, directory_name); !versions.empty()) {
      return Error{ErrorKind::wrong_version, directory_name + " is pinned with layout " + versions.front() +
                                                 ", not " BUDDYRING_PIN_DIRECTORY "; use the version that buddyd has"};
    }
    return failed(read.directory, ENOENT);
  }
  const std::string prefix = read.directory + "/";
  for (const auto& error :
       {read_entries(prefix + pins::agent, &read.agent, 1), read_entries(prefix + pins::report, &read.report, 1),
        read_entries(prefix + pins::card_clock, &read.card_clock, 1),
        read_entries(prefix + pins::peer, read.peer.data(), read.peer.size()),
        read_entries(prefix + pins::peer_state, read.peer_state.data(), read.peer_state.size()),
        read_entries(prefix + pins::rtt_histogram, read.rtt_histogram.data(), read.rtt_histogram.size()),
        read_verdicts(prefix + pins::verdicts, read.verdicts)}) {
    if (error) {
      return *error;
    }
  }
  return read;
}

const char* verdict_name(unsigned verdict) {
  switch (verdict) {
    case BUDDYRING_PASS_NOT_IP:
      return "passed: not IP";
    case BUDDYRING_PASS_UNUSUAL_IP:
      return "passed: unusual IP header";
    case BUDDYRING_PASS_OTHER_DESTINATION:
      return "passed: not for this server";
    case BUDDYRING_PASS_NOT_ECHO:
      return "passed: no echo";
    case BUDDYRING_PASS_OTHER_DATAGRAM:
      return "passed: UDP to the probe port, no probe";
    case BUDDYRING_PASS_UNKNOWN_ASKER:
      return "passed: echo request from no peer";
    case BUDDYRING_PASS_WRONG_TARGET:
      return "passed: probe for another server";
    case BUDDYRING_PASS_UNSEALED:
      return "passed: probe without a seal";
    case BUDDYRING_PASS_UNKNOWN_KEY:
      return "passed: probe under an unknown key";
    case BUDDYRING_PASS_BAD_SEAL:
      return "passed: probe with a wrong seal";
    case BUDDYRING_PASS_BAD_ICMP:
      return "passed: wrong ICMP checksum";
    case BUDDYRING_PASS_BAD_UDP:
      return "passed: wrong UDP checksum of a probe";
    case BUDDYRING_PASS_FOREIGN_REPLY:
      return "passed: reply to others";
    case BUDDYRING_ANSWERED_PLAIN:
      return "answered: plain echo request";
    case BUDDYRING_ANSWERED_PROBE:
      return "answered: probe";
    case BUDDYRING_ARRIVED:
      return "taken: answer to a probe";
    case BUDDYRING_DROP_UNMATCHED:
      return "dropped: answer without a departure";
    case BUDDYRING_DROP_DUPLICATE:
      return "dropped: second answer";
    case BUDDYRING_DROP_REPLAYED:
      return "dropped: probe that was sent before";
    case BUDDYRING_DROP_UNSEALED:
      return "dropped: answer without a seal";
    case BUDDYRING_DROP_UNKNOWN_KEY:
      return "dropped: answer under another key";
    case BUDDYRING_DROP_BAD_SEAL:
      return "dropped: answer with a wrong seal";
    case BUDDYRING_DEPARTED:
      return "departed: probe";
    default:
      return "unknown";
  }
}

}  // namespace buddyring
