/* Stands in for NVIDIA's management library on machines without a GPU: one device of 16 GiB, 3 GiB of them in use. */
struct memory { unsigned long long total, free, used; };
int nvmlInit_v2(void) { return 0; }
int nvmlShutdown(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = 1; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) { *device = (void *)(unsigned long)(index + 7); return index != 0; }
int nvmlDeviceGetMemoryInfo(void *device, struct memory *memory) {
  if ((unsigned long)device != 7) return 1;
  memory->total = 16ull << 30; memory->used = 3ull << 30; memory->free = memory->total - memory->used;
  return 0;
}
