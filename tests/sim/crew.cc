// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/crew.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <map>

namespace buddyring::sim {
namespace {

struct Note {
  unsigned worker = 0;
  bool begins = false;  // a seed; else it has ended
  bool other_hash = false;
  RunResult result;
};
static_assert(sizeof(Note) <= PIPE_BUF, "notes of several workers must not mix");

void tell(int pipe, const Note& note) {
  if (write(pipe, &note, sizeof note) != static_cast<ssize_t>(sizeof note)) {
    std::exit(EXIT_FAILURE);
  }
}

struct Job {
  const RunOptions& options;
  uint64_t end;  // one past the last seed
  unsigned workers;
  bool twice;
};

void work(int pipe, unsigned worker, const Job& job, uint64_t first) {
  RunOptions options = job.options;
  for (uint64_t seed = first; seed < job.end; seed += job.workers) {
    options.wishes.seed = seed;
    Note note{.worker = worker, .begins = true, .result = {}};
    note.result.seed = seed;
    tell(pipe, note);
    note.result = run_seed(options, Trace::Lines::none).result;
    note.begins = false;
    note.other_hash = job.twice && run_seed(options, Trace::Lines::none).result.hash != note.result.hash;
    tell(pipe, note);
  }
}

void launch(const std::array<int, 2>& ends, unsigned worker, const Job& job, uint64_t first) {
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    work(ends[1], worker, job, first);
    _exit(EXIT_SUCCESS);
  }
  if (child < 0) {
    std::perror("sim: fork");
    std::exit(EXIT_FAILURE);
  }
}

bool read_note(int pipe, Note& note) {
  auto* const bytes = reinterpret_cast<char*>(&note);
  size_t size = 0;
  while (size < sizeof note) {
    const ssize_t more = read(pipe, bytes + size, sizeof note - size);
    if (more <= 0) {
      return false;
    }
    size += static_cast<size_t>(more);
  }
  return true;
}

// Runs the seeds that the workers of `starts` have yet to run; what is left over
// when some of them end too soon is in `starts` afterwards.
void run_round(const Job& job, std::map<unsigned, uint64_t>& starts, CrewFindings& findings,
               const std::function<bool(const RunResult&)>& each) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) {
    std::perror("sim: pipe");
    std::exit(EXIT_FAILURE);
  }
  std::fflush(nullptr);
  for (const auto& [worker, first] : starts) {
    launch(ends, worker, job, first);
  }
  close(ends[1]);
  starts.clear();
  std::map<unsigned, uint64_t> at_work;
  bool go_on = true;
  for (Note note; go_on && read_note(ends[0], note);) {
    if (note.begins) {
      at_work[note.worker] = note.result.seed;
      continue;
    }
    at_work.erase(note.worker);
    if (note.result.failed) {
      findings.failures.push_back(note.result);
    }
    if (note.other_hash) {
      findings.other_hashes.push_back(note.result.seed);
    }
    go_on = each(note.result);
  }
  close(ends[0]);  // whoever is still at work ends with its next note
  while (wait(nullptr) > 0) {
  }
  if (go_on) {
    for (const auto& [worker, seed] : at_work) {
      findings.crashed.push_back(seed);
      starts[worker] = seed + job.workers;
    }
  }
}

}  // namespace

CrewFindings run_seeds(const RunOptions& options, uint64_t first, uint64_t count, unsigned jobs, bool twice,
                       const std::function<bool(const RunResult&)>& each) {
  const Job job{.options = options, .end = first + count, .workers = jobs, .twice = twice};
  std::map<unsigned, uint64_t> starts;
  for (unsigned worker = 0; worker < jobs; ++worker) {
    starts[worker] = first + worker;
  }
  CrewFindings findings;
  while (!starts.empty()) {
    run_round(job, starts, findings, each);
  }
  return findings;
}

}  // namespace buddyring::sim
