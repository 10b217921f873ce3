#define _GNU_SOURCE
#include "pool_limits.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/// Reads one line of a small file without its line end; 0 where there is none.
static int readLine(const char *path, char *line, int capacity) {
  FILE *const file = fopen(path, "re");
  if (file == NULL) return 0;
  const int found = fgets(line, capacity, file) != NULL;
  fclose(file);
  if (found) line[strcspn(line, "\n")] = 0;
  return found;
}

/// Processors that a quota of `quota` µs in each `period` µs amounts to, rounded up.
static int processors(long long quota, long long period) {
  if (quota <= 0 || period <= 0) return INT_MAX;
  const long long whole = quota / period + (quota % period != 0);
  return whole > INT_MAX ? INT_MAX : (int)whole;
}

/// The quota that a version 2 group sets: `cpu.max` holds "max 100000" or "150000 100000".
static int unifiedQuota(const char *folder) {
  char path[PATH_MAX + 32], line[128];
  long long quota, period;
  snprintf(path, sizeof path, "%s/cpu.max", folder);
  if (!readLine(path, line, sizeof line)) return INT_MAX;
  return sscanf(line, "%lld %lld", &quota, &period) == 2 ? processors(quota, period) : INT_MAX;
}

/// The quota that a version 1 group sets; -1 stands for none.
static int legacyQuota(const char *folder) {
  char path[PATH_MAX + 32], line[128];
  long long quota, period;
  snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
  if (!readLine(path, line, sizeof line) || sscanf(line, "%lld", &quota) != 1) return INT_MAX;
  snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
  if (!readLine(path, line, sizeof line) || sscanf(line, "%lld", &period) != 1) return INT_MAX;
  return processors(quota, period);
}

/// The smallest quota of `group` and the groups around it; inside a container the group's path may
/// not exist below `root`, and then only the ones around it count.
static int smallestQuota(const char *root, const char *group, int (*quota)(const char *folder)) {
  char folder[PATH_MAX];
  const size_t shortest = strlen(root);
  if (snprintf(folder, sizeof folder, "%s%s", root, group) >= (int)sizeof folder) return INT_MAX;
  int smallest = INT_MAX;
  for (;;) {
    const int here = quota(folder);
    if (here < smallest) smallest = here;
    char *const slash = strrchr(folder, '/');
    if (slash == NULL || (size_t)(slash - folder) < shortest) return smallest;
    *slash = 0;
  }
}

/// Whether a comma-separated list names `item`.
static int lists(const char *list, const char *item) {
  const size_t length = strlen(item);
  for (const char *name = list; name != NULL; name = strchr(name, ',')) {
    if (*name == ',') name++;
    if (strncmp(name, item, length) == 0 && (name[length] == ',' || name[length] == 0)) return 1;
  }
  return 0;
}

/// The CPU quota of this process; `/proc/self/cgroup` has lines "number:controllers:path", with no
/// controllers for version 2.
static int groupQuota(void) {
  FILE *const file = fopen("/proc/self/cgroup", "re");
  if (file == NULL) return INT_MAX;
  char line[PATH_MAX];
  int smallest = INT_MAX;
  while (fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = 0;
    char *const controllers = strchr(line, ':');
    char *const path = controllers == NULL ? NULL : strchr(controllers + 1, ':');
    if (path == NULL) continue;
    *path = 0;
    int quota = INT_MAX;
    if (controllers[1] == 0) {
      quota = smallestQuota("/sys/fs/cgroup", path + 1, unifiedQuota);
    } else if (lists(controllers + 1, "cpu")) {
      quota = smallestQuota("/sys/fs/cgroup/cpu", path + 1, legacyQuota);
    }
    if (quota < smallest) smallest = quota;
  }
  fclose(file);
  return smallest;
}

int ck_available_processors(void) {
  cpu_set_t set;
  // The call fails where the system has more processors than the set holds.
  const long counted = sched_getaffinity(0, sizeof set, &set) == 0
    ? CPU_COUNT(&set) : sysconf(_SC_NPROCESSORS_ONLN);
  const int allowed = counted < 1 ? 1 : counted > INT_MAX ? INT_MAX : (int)counted;
  const int quota = groupQuota();
  return quota < allowed ? quota : allowed;
}
