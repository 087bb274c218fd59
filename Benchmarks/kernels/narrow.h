// int8 and bf16: GOP/s, the share of the table's own peak, and what preparing rows costs. Included by bench.c.
#include <pthread.h>

// MARK: products

typedef struct {
  const nt_kernels *table;
  const nt_narrow *narrow;  // null: float32
  size_t m, n, k, copies;   // copies of the weight that take turns, so that they come from further away
  nt_activation activation;
  double prepare, product;  // seconds
} narrow_job;

static void narrow_measure(narrow_job *job) {
  const nt_kernels *t = job->table;
  const nt_narrow *p = job->narrow;
  const size_t m = job->m, n = job->n, k = job->k;
  float *a = floats(m * k), *weight = floats(n * k), *bias = floats(n), *c = floats(m * n);
  const size_t panels = p ? (n + p->panel_width() - 1) / p->panel_width() : t->linear_panel_count(n);
  const size_t bytes = p ? panels * p->panel_bytes(k) : t->linear_packed_count(n, k) * sizeof(float);
  char *packed = aligned_alloc(64, (bytes * job->copies + 127) / 64 * 64);
  char *rows = aligned_alloc(64, p ? m * p->row_bytes(k) + 64 : 64);
  for (size_t i = 0; i < job->copies; i++) {
    if (p) p->pack(weight, n, k, 0, panels, packed + i * bytes);
    else t->linear_pack(weight, n, k, 0, panels, (float *)(packed + i * bytes));
  }
  size_t turn_of = 0;
  if (p) {
    BEST(prepare, p->prepare(a, k, rows, m, k));
    job->prepare = prepare;
    BEST(product, p->linear(rows, packed + turn_of++ % job->copies * bytes, bias, job->activation, NULL, 0, c, n, m, n,
                            k));
    job->product = product;
  } else {
    BEST(product, t->linear_f32(a, k, (float *)(packed + turn_of++ % job->copies * bytes), bias, job->activation, NULL,
                                0, c, n, m, n, k));
    job->prepare = 0, job->product = product;
  }
  free(a), free(weight), free(bias), free(c), free(packed), free(rows);
}

static void *narrow_thread(void *job) {
  narrow_measure(job);
  return NULL;
}

/// Measures in `threads` threads at once; the slowest counts.
static narrow_job narrow_together(narrow_job job, int threads) {
  pthread_t handles[64];
  narrow_job jobs[64];
  for (int i = 0; i < threads; i++) jobs[i] = job;
  for (int i = 1; i < threads; i++) pthread_create(handles + i, NULL, narrow_thread, jobs + i);
  narrow_measure(jobs);
  for (int i = 1; i < threads; i++) {
    pthread_join(handles[i], NULL);
    if (jobs[i].product > jobs[0].product) jobs[0].product = jobs[i].product;
    if (jobs[i].prepare > jobs[0].prepare) jobs[0].prepare = jobs[i].prepare;
  }
  return jobs[0];
}

static void narrow_bench(const nt_kernels *t, int threads) {
  static const size_t rows[] = {1, 12, 192, 1536};
  static const size_t shapes[][2] = {{384, 1152}, {384, 384}, {384, 1536}, {1536, 384},
                                     {768, 2304}, {768, 768}, {768, 3072}, {3072, 768}};
  double floating = peak_of(t->probe_f32), integer = peak_of(t->probe_i8);
  printf("%s: %d threads, one core's float peak %.1f GFLOP/s, int8 peak %.1f GOP/s\n", t->name, threads, floating,
         integer);
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
      const size_t k = shapes[s][0], n = shapes[s][1], m = rows[r];
      const bool gelu = n == 4 * k;
      // Few rows: as many copies of the weight as make up MiniLM's, 10 million, because a layer meets its weights cold.
      const size_t copies = m < 100 ? 10000000 / (n * k) + 1 : 1;
      for (int active = 0; active <= gelu; active++) {
        const nt_activation activation = active ? nt_activation_gelu : nt_activation_identity;
        narrow_job job = {t, NULL, m, n, k, copies, activation, 0, 0};
        const narrow_job f32 = narrow_together(job, threads);
        job.narrow = &t->bf16;
        const narrow_job bf16 = narrow_together(job, threads);
        job.narrow = &t->int8;
        const narrow_job int8 = narrow_together(job, threads);
        integer = peak_of(t->probe_i8);
        const double work = 2e-9 * (double)(m * n * k);
        printf("  k=%-4zu n=%-4zu m=%-4zu %s f32 %6.1f  bf16 %6.1f  int8 %6.1f GOP/s %5.1f %% of %5.1f; prepare %4.1f %%\n",
               k, n, m, active ? "gelu" : "    ", work / f32.product, work / bf16.product, work / int8.product,
               100 * work / int8.product / integer, integer, 100 * int8.prepare / int8.product);
        fflush(stdout);
      }
    }
  }
}
