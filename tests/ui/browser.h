// SPDX-License-Identifier: Apache-2.0
// Browser: a headless Chromium on the lab's client host, and what one does with it.
//
// Theory of operation. Chromium runs throughout; each thing that is done with it is a run of
// tests/ui/page, which speaks its DevTools protocol. Expressions are JavaScript in the page.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/lab/lab.h"
#include "tests/lab/process.h"

namespace buddyring::ui {

class Browser {
 public:
  // Returns when it can be spoken to. Throws std::runtime_error.
  explicit Browser(lab::Lab& lab);
  // In order, for the browser's own children hold its outputs open.
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  // All throw std::runtime_error with what went wrong.
  void open(const std::string& url);
  nlohmann::json value(const std::string& expression, const std::string& scheme = "light");
  // Waits until it is true, so long at most.
  void until(const std::string& expression, unsigned seconds = 60);
  void press(const std::vector<std::string>& keys);
  // The console's errors and warnings of this page, a line each.
  std::string complaints();

  // A picture in build/ui/NAME.png, of 1440 by 900, in the scheme `light` or `dark`.
  void picture(const std::string& name, const std::string& scheme = "light");
  // One that is taken as soon as the expression is true, which end_picture() waits for.
  std::unique_ptr<lab::Process> begin_picture(const std::string& name, const std::string& expression);
  void end_picture(lab::Process& taken);

 private:
  lab::Command command(const std::vector<std::string>& words) const;
  std::string run(const std::vector<std::string>& words);
  std::string file(const std::string& name) const { return pictures_ + "/" + name + ".png"; }

  lab::Lab& lab_;
  std::string pictures_;
  lab::Process chromium_;
};

}  // namespace buddyring::ui
