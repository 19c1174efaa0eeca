/**
 * What `folder/name.ts` exports as `topic`. Loaded by name: benchmarks and drills are no part of what is published. Rejects when it is none.
 */
export async function loadTopic<T>(
  folder: string,
  name: string,
  isTopic: (value: unknown) => value is T,
): Promise<T> {
  const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  const module: unknown = await import(new URL(`./${folder}/${name}${ending}`, import.meta.url).href);
  if (typeof module !== 'object' || module === null || !('topic' in module) || !isTopic(module.topic)) {
    throw new Error(`lab/${folder}/${name}.ts exports no topic.`);
  }
  return module.topic;
}
