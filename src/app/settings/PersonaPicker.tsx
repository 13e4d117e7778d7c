import { Ellipsis, Pencil, RefreshCw, Star, StarOff, Trash2, UserRoundPlus } from 'lucide-react'
import { useId, useState } from 'react'
import { isSet } from '../conversations/chat-settings'
import { nameLengthMax, type Persona } from '../conversations/library'
import { t } from '../i18n/t'
import { isAsIn } from '../stores/chat-settings-store'
import { useChatSettings, useLibrary, useStores } from '../stores/context'
import { Menu, MenuItem } from '../ui/Menu'
import { NameDialog } from '../ui/NameDialog'
import styles from './Fields.module.css'

/** Chooses, saves and changes the named settings that several chats share. */
export function PersonaPicker() {
  const { chatSettings, toasts } = useStores()
  const settings = useChatSettings((state) => state.settings)
  const { personas, put, remove, setDefault } = useLibrary((state) => state)
  const [naming, setNaming] = useState<'new' | 'rename'>()
  const id = useId()
  const persona = personas.find((known) => known.id === settings.personaId)
  const isChanged = persona !== undefined && !isAsIn(settings, persona)
  const { change, choosePersona } = chatSettings.getState()
  const { instructions, sampling } = settings

  const choose = (chosen: Persona | undefined) => {
    choosePersona(chosen)
    // What is a persona's can be chosen again; what was written here could not.
    if (isSet(settings) && (persona === undefined || isChanged))
      toasts.getState().show(t('Replaced the settings of this chat'), {
        label: t('Undo'),
        run: () => change(settings),
      })
  }

  const save = (name: string) => {
    if (naming === 'rename' && persona) return put({ ...persona, name })
    const saved: Persona = {
      kind: 'persona',
      id: crypto.randomUUID(),
      name,
      createdAt: Date.now(),
      isDefault: false,
      instructions,
      sampling,
    }
    put(saved)
    change({ personaId: saved.id })
  }

  const removePersona = (removed: Persona) => {
    const undo = remove(removed)
    toasts.getState().show(t('Deleted “{{title}}”', { title: removed.name }), {
      label: t('Undo'),
      run: undo,
    })
  }

  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {t('Persona')}
      </label>
      <div className={styles.row}>
        <select
          id={id}
          className={styles.select}
          aria-describedby={`${id}hint`}
          value={persona?.id ?? ''}
          onChange={({ target }) => choose(personas.find((known) => known.id === target.value))}
        >
          <option value="">{t('None')}</option>
          {personas.map((known) => (
            <option key={known.id} value={known.id}>
              {known.name}
            </option>
          ))}
        </select>
        <Menu label={t('Persona options')} icon={<Ellipsis size={18} aria-hidden />}>
          <MenuItem icon={<UserRoundPlus size={16} aria-hidden />} onClick={() => setNaming('new')}>
            {t('Save as a new persona')}
          </MenuItem>
          {persona && (
            <>
              {isChanged && (
                <MenuItem
                  icon={<RefreshCw size={16} aria-hidden />}
                  onClick={() => put({ ...persona, instructions, sampling })}
                >
                  {t('Update “{{name}}”', { name: persona.name })}
                </MenuItem>
              )}
              <MenuItem icon={<Pencil size={16} aria-hidden />} onClick={() => setNaming('rename')}>
                {t('Rename')}
              </MenuItem>
              <MenuItem
                icon={
                  persona.isDefault ? (
                    <StarOff size={16} aria-hidden />
                  ) : (
                    <Star size={16} aria-hidden />
                  )
                }
                onClick={() => setDefault(persona.isDefault ? undefined : persona.id)}
              >
                {persona.isDefault ? t('No longer use for new chats') : t('Use for new chats')}
              </MenuItem>
              <MenuItem
                icon={<Trash2 size={16} aria-hidden />}
                danger
                onClick={() => removePersona(persona)}
              >
                {t('Delete')}
              </MenuItem>
            </>
          )}
        </Menu>
      </div>
      <p id={`${id}hint`} className={styles.hint}>
        {hintFor(persona, isChanged)}
      </p>
      <NameDialog
        title={naming === 'rename' ? t('Rename persona') : t('Save as a new persona')}
        label={t('Name of the persona')}
        name={naming && ((naming === 'rename' && persona?.name) || '')}
        maxLength={nameLengthMax}
        onSave={save}
        onClose={() => setNaming(undefined)}
      />
    </div>
  )
}

function hintFor(persona: Persona | undefined, isChanged: boolean): string {
  if (persona === undefined)
    return t('Instructions and sampling under a name, to be used in other chats, too.')
  if (isChanged) return t('This chat’s settings differ from the persona’s.')
  return persona.isDefault
    ? t('New chats begin with it.')
    : t('Later changes to the persona do not change this chat.')
}
