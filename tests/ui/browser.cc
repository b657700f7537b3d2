// SPDX-License-Identifier: Apache-2.0
#include "tests/ui/browser.h"

#include <csignal>
#include <filesystem>
#include <stdexcept>

namespace buddyring::ui {
namespace {

// Not the script of that name, which would be ended in its stead.
constexpr const char* program = "/usr/lib/chromium/chromium-headless-shell";
constexpr const char* port = "9222";
constexpr const char* size = "1440x900";
// A browser that starts beside a build takes its time.
constexpr auto patience = std::chrono::seconds{120};

std::string pictures_of(const lab::Lab& lab) {
  const auto folder = std::filesystem::path(lab.directory()).parent_path().parent_path() / "ui";
  std::filesystem::create_directories(folder);
  return folder;
}

}  // namespace

Browser::Browser(lab::Lab& lab)
    : lab_(lab),
      pictures_(pictures_of(lab)),
      chromium_(lab.client().inside(),
                {.argv = {program, "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                          std::string("--remote-debugging-port=") + port,
                          "--user-data-dir=" + lab.directory() + "/chromium", "--window-size=1440,900", "about:blank"},
                 .log_path = lab.log_path("chromium")}) {
  const auto listens = [](const std::string& line) { return line.find("DevTools listening") != std::string::npos; };
  if (!chromium_.wait_line(listens, Instant{}, patience)) {
    throw std::runtime_error("chromium does not listen: " + chromium_.err());
  }
}

Browser::~Browser() {
  chromium_.signal(SIGTERM);
  static_cast<void>(chromium_.wait_exit(patience));
}

lab::Command Browser::command(const std::vector<std::string>& words) const {
  lab::Command command{.argv = {"tests/ui/page", port}};
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  return command;
}

std::string Browser::run(const std::vector<std::string>& words) {
  const lab::Completed done = run_to_end(lab_.client().inside(), command(words), patience);
  if (done.exit.code != 0) {
    throw std::runtime_error(words.front() + ": " + done.err);
  }
  return done.out;
}

void Browser::open(const std::string& url) { run({"open", url}); }

nlohmann::json Browser::value(const std::string& expression, const std::string& scheme) {
  return nlohmann::json::parse(run({"eval", expression, scheme}));
}

void Browser::until(const std::string& expression, unsigned seconds) {
  try {
    run({"until", std::to_string(seconds), expression});
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(error.what() + complaints());
  }
}

void Browser::press(const std::vector<std::string>& keys) {
  std::vector<std::string> words{"key"};
  words.insert(words.end(), keys.begin(), keys.end());
  run(words);
}

std::string Browser::complaints() { return run({"complaints"}); }

void Browser::picture(const std::string& name, const std::string& scheme) { run({"shot", file(name), size, scheme}); }

std::unique_ptr<lab::Process> Browser::begin_picture(const std::string& name, const std::string& expression) {
  return std::make_unique<lab::Process>(lab_.client().inside(),
                                        command({"shot", file(name), size, "light", expression}));
}

void Browser::end_picture(lab::Process& taken) {
  const auto exit = taken.wait_exit(patience);
  if (!exit || exit->code != 0) {
    throw std::runtime_error("a picture was not taken: " + taken.err());
  }
}

}  // namespace buddyring::ui
